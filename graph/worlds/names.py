"""Words of the EV-retail market: names of people, places, brands, interests and goods.

Brands and models are invented; cities are real so that maps and weather can be joined.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.worlds.draws import stream


def _words(text: str, *, separator: str = " ") -> tuple[str, ...]:
    return tuple(text.split(separator))


SURNAMES = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛"
)
GIVEN_FIRST = tuple("子雨思梓嘉一佳文俊浩欣晓志建美丽国明海宇晨诗若静雅天泽皓梦语可心怡书景亦安博承启星云")
GIVEN_SECOND = tuple("涵轩怡萱宇泽琪婷杰伟强磊洋勇艳娟敏涛超霞平刚辉玲燕飞鹏华宁悦晴然辰瑶彤妍铭航睿熙源")
ENGLISH_FIRST = _words(
    "Emma Liam Olivia Noah Ava Ethan Mia Lucas Sophie Oscar Grace Henry Chloe Jack Ella Leo Ruby Adam Nina Owen "
    "Iris Felix Clara Hugo Zoe Max Lily Sam"
)
ENGLISH_LAST = _words(
    "Clark Evans Turner Walker Hughes Cooper Bennett Foster Reed Hayes Lawson Ward Fletcher Palmer Watts Burke "
    "Doyle Holt Marsh Sutton Tan Lim Wong Chan Lau Ng"
)
CITIES = _words(
    "上海 北京 深圳 广州 杭州 成都 重庆 苏州 武汉 西安 南京 长沙 天津 郑州 东莞 青岛 宁波 合肥 佛山 厦门 昆明 "
    "福州 济南 无锡 温州 沈阳 大连 海口 贵阳 南宁 太原 石家庄"
)
CITY_WEIGHTS = 1.0 / np.arange(2, 2 + len(CITIES)) ** 0.7
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
PLATFORMS = ("抖音", "小红书", "B站", "微博", "视频号")
CAR_BRANDS = (
    "澜途",
    "曜驰",
    "青禾汽车",
    "擎宇",
    "星岚",
    "北辰行",
    "逐光",
    "木川",
    "凌沐",
    "远澈",
    "Voltaris",
    "Lumeno",
)
CAR_LETTERS = ("L", "S", "E", "X", "G", "M", "A", "Q")
ENERGY_TYPES = ("battery", "range extender", "hybrid", "petrol")
BODIES = ("SUV", "sedan", "MPV", "hatchback")
PRICE_BANDS = ("<100k", "100k-150k", "150k-200k", "200k-300k", "300k-400k", ">400k")
PRICE_EDGES = (100_000, 150_000, 200_000, 300_000, 400_000)
GOODS_BRANDS = _words(
    "云麓|途伴|小驰|绿桩|安行|简行|拾野|车物志|听风|驭界|暖途|极昼|知行|木白|橙野|蓝岸|Roadnest|Ampere Lane|"
    "Voltgo|Kindcar",
    separator="|",
)
ADJECTIVES = (
    "便携",
    "智能",
    "折叠",
    "轻量",
    "旗舰",
    "静音",
    "防水",
    "加厚",
    "快装",
    "定制",
    "四季",
    "旅行",
    "家用",
    "专车专用",
)
SUFFIXES = ("", " Pro", " Lite", " Max", " 二代", " 三代", " 礼盒装", " 2026款")
ASPECTS = ("推荐", "测评", "避坑", "价格", "攻略", "改装", "排行", "使用感受", "新手", "对比", "冬季", "夏季")
KOL_STYLES = ("聊车", "的用车日记", "说电车", "玩转", "实测", "在路上", "的车库", "选车记")


class Interest(NamedTuple):
    """A theme that products, vehicles and topics share."""

    tag: str
    goods: tuple[str, ...]
    price: float


INTERESTS = (
    Interest("露营装备", ("露营桌", "天幕", "车尾帐", "户外电源", "睡垫"), 320),
    Interest("家用充电", ("家充桩", "充电枪", "桩体立柱", "安装服务"), 1500),
    Interest("公共充电", ("充电卡", "超充券包", "转接头", "充电月卡"), 180),
    Interest("智能驾驶", ("智驾订阅", "行车记录仪", "激光雷达护罩", "抬头显示"), 900),
    Interest("车载影音", ("车载屏", "低音炮", "麦克风", "音响升级"), 780),
    Interest("亲子出行", ("儿童座椅", "后排挂袋", "防踢垫", "车载小桌板"), 460),
    Interest("性能改装", ("轮毂", "刹车套件", "空力套件", "弹簧套件"), 2600),
    Interest("内饰精品", ("座垫", "方向盘套", "脚垫", "香氛"), 240),
    Interest("清洁养护", ("洗车液", "镀晶服务", "吸尘器", "玻璃膜"), 210),
    Interest("自驾旅行", ("车顶箱", "胎压泵", "导航支架", "自驾保险"), 420),
    Interest("宠物出行", ("宠物座椅", "宠物垫", "宠物围栏", "饮水器"), 190),
    Interest("商务接待", ("茶台", "车载冰箱", "隐私帘", "迎宾灯"), 680),
    Interest("省钱用车", ("保养套餐", "保险礼包", "轮胎券", "二手配件"), 350),
    Interest("户外运动", ("自行车架", "桨板架", "滑雪架", "骑行灯"), 560),
    Interest("潮流周边", ("车模", "联名卫衣", "钥匙包", "贴纸"), 130),
    Interest("安全防护", ("灭火器", "应急包", "安全锤", "底盘护板"), 260),
)


def person_names(count: int, *, genders: np.ndarray, seed: int) -> np.ndarray:
    """Names of people, about one in eight in English: object (count,) of str."""
    rng = stream(seed, "names")
    surnames = np.array(SURNAMES, dtype=object)[(len(SURNAMES) * rng.random(count) ** 1.8).astype(np.int64)]
    first = np.array((*GIVEN_FIRST, ""), dtype=object)
    given = np.array(GIVEN_SECOND, dtype=object)
    half = len(GIVEN_SECOND) // 2
    second = (rng.integers(0, half, count) + np.where(genders == 1, half // 2, 0)) % len(GIVEN_SECOND)
    chinese = surnames + first[rng.integers(0, len(first), count)] + given[second]
    english = (
        np.array(ENGLISH_FIRST, dtype=object)[rng.integers(0, len(ENGLISH_FIRST), count)]
        + " "
        + np.array(ENGLISH_LAST, dtype=object)[rng.integers(0, len(ENGLISH_LAST), count)]
    )
    names: np.ndarray = np.where(rng.random(count) < 0.12, english, chinese)
    return names


def kol_names(count: int, *, interests: np.ndarray, seed: int) -> np.ndarray:
    """Stage names that hint at what a KOL talks about: object (count,) of str."""
    rng = stream(seed, "stage names")
    names = []
    for number, interest in enumerate(interests):
        nickname = GIVEN_SECOND[rng.integers(len(GIVEN_SECOND))]
        style = KOL_STYLES[rng.integers(len(KOL_STYLES))]
        prefix = ("阿", "小", "老", "大")[rng.integers(4)]
        ending = INTERESTS[interest].tag if style == "玩转" else ""
        names.append(
            f"{prefix}{nickname}{style}{ending}"
            if number % 7
            else f"{ENGLISH_FIRST[rng.integers(len(ENGLISH_FIRST))]} EV Diary"
        )
    return np.array(names[:count], dtype=object)
