"""Words for all markets: names of people, places and platforms. Cities are real, so that maps can be joined."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.worlds.stages.draws import stream


def words(text: str, *, separator: str = " ") -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split(separator))


SURNAMES = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛"
)
GIVEN_FIRST = tuple("子雨思梓嘉一佳文俊浩欣晓志建美丽国明海宇晨诗若静雅天泽皓梦语可心怡书景亦安博承启星云")
GIVEN_SECOND = tuple("涵轩怡萱宇泽琪婷杰伟强磊洋勇艳娟敏涛超霞平刚辉玲燕飞鹏华宁悦晴然辰瑶彤妍铭航睿熙源")
ENGLISH_FIRST = words(
    "Emma Liam Olivia Noah Ava Ethan Mia Lucas Sophie Oscar Grace Henry Chloe Jack Ella Leo Ruby Adam Nina Owen "
    "Iris Felix Clara Hugo Zoe Max Lily Sam"
)
ENGLISH_LAST = words(
    "Clark Evans Turner Walker Hughes Cooper Bennett Foster Reed Hayes Lawson Ward Fletcher Palmer Watts Burke "
    "Doyle Holt Marsh Sutton Tan Lim Wong Chan Lau Ng"
)
CITIES = words(
    "上海 北京 深圳 广州 杭州 成都 重庆 苏州 武汉 西安 南京 长沙 天津 郑州 东莞 青岛 宁波 合肥 佛山 厦门 昆明 "
    "福州 济南 无锡 温州 沈阳 大连 海口 贵阳 南宁 太原 石家庄"
)
CITY_WEIGHTS = 1.0 / np.arange(2, 2 + len(CITIES)) ** 0.7
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
PLATFORMS = ("抖音", "小红书", "B站", "微博", "视频号")


class Interest(NamedTuple):
    """A theme of items: its name, products, and typical price in yuan."""

    tag: str
    goods: tuple[str, ...]
    price: float


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


def kol_names(
    count: int, *, tags: tuple[str, ...], interests: np.ndarray, styles: tuple[str, ...], english: str, seed: int
) -> np.ndarray:
    """Stage names that hint at what a KOL talks about: object (count,) of str.

    Args:
        count: How many.
        tags: Names of the interests.
        interests: int64 (count,), positions in ``tags``.
        styles: Endings; ``玩转`` is followed by the interest.
        english: Ending of every seventh name.
        seed: Seed of the world.
    """
    rng = stream(seed, "stage names")
    names = []
    for number, interest in enumerate(interests):
        nickname = GIVEN_SECOND[rng.integers(len(GIVEN_SECOND))]
        style = styles[rng.integers(len(styles))]
        prefix = ("阿", "小", "老", "大")[rng.integers(4)]
        ending = tags[interest] if style == "玩转" else ""
        names.append(
            f"{prefix}{nickname}{style}{ending}"
            if number % 7
            else f"{ENGLISH_FIRST[rng.integers(len(ENGLISH_FIRST))]} {english}"
        )
    return np.array(names[:count], dtype=object)
