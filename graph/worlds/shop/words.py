"""Words of the e-commerce market: categories of goods, invented brands, campaigns, reasons of returns."""

from __future__ import annotations

from graph.worlds.stages.campaigns import Action
from graph.worlds.writing.names import Interest
from graph.worlds.writing.names import words as _words

# Categories: name, products, and typical price in yuan.
INTERESTS = (
    Interest("女装", ("连衣裙", "针织衫", "半身裙", "风衣", "衬衫"), 189),
    Interest("男装", ("夹克", "牛仔裤", "卫衣", "POLO衫", "羽绒服"), 219),
    Interest("鞋靴", ("跑鞋", "帆布鞋", "马丁靴", "乐福鞋"), 299),
    Interest("美妆", ("口红", "粉底液", "眼影盘", "卸妆油", "散粉"), 139),
    Interest("护肤", ("精华", "面霜", "面膜", "防晒霜", "洁面"), 169),
    Interest("母婴", ("纸尿裤", "奶粉", "湿巾", "辅食泥", "婴儿推车"), 158),
    Interest("零食", ("坚果", "薯片", "牛肉干", "巧克力", "饼干"), 39),
    Interest("生鲜", ("车厘子", "牛排", "虾仁", "牛奶", "鸡蛋"), 88),
    Interest("日用清洁", ("洗衣液", "抽纸", "垃圾袋", "洗洁精", "牙膏"), 45),
    Interest("宠物", ("猫粮", "狗粮", "猫砂", "冻干", "牵引绳"), 99),
    Interest("手机数码", ("手机", "充电器", "耳机", "平板", "数据线"), 899),
    Interest("家电", ("空气炸锅", "扫地机", "破壁机", "加湿器", "电饭煲"), 459),
    Interest("家居", ("四件套", "台灯", "收纳盒", "地毯", "香薰"), 129),
    Interest("运动户外", ("瑜伽垫", "登山包", "帐篷", "速干衣", "哑铃"), 179),
    Interest("图书文具", ("小说", "绘本", "手账本", "钢笔", "考研资料"), 49),
    Interest("潮玩", ("盲盒", "手办", "积木", "毛绒玩具"), 109),
)
# By category: share of returned purchases, and days until a consumable is bought again (0 for durable goods).
RETURN_SHARES = (0.30, 0.20, 0.22, 0.06, 0.05, 0.05, 0.02, 0.03, 0.02, 0.03, 0.09, 0.10, 0.08, 0.09, 0.03, 0.04)
REFILL_DAYS = (0, 0, 0, 75, 55, 28, 24, 16, 38, 32, 0, 0, 0, 0, 0, 0)
REASONS = ("七天无理由", "尺码不合", "色差", "质量问题", "描述不符", "发错货", "物流破损")
BRANDS = _words(
    "素棠|屿白|初几|拾光里|禾小満|鹿与森|元气仓|简初|木槿家|云上优选|北岸|橘井|山有木|甜小柚|极物|知味集|安可居|奈小喵|"
    "Luneva|Mofee|Nordhaus|Kibo|Pureday|Haylo|Zenori|Tinyleaf",
    separator="|",
)
ADJECTIVES = _words("新款 经典 轻薄 加厚 大容量 便携 高颜值 儿童 家用 旗舰 限定 无添加 复古 小众")
SUFFIXES = ("", "", " 2件装", " 礼盒", " 家庭装", " 升级款", " Pro", " mini")
ASPECTS = ("推荐", "测评", "平价", "避雷", "开箱", "排行榜", "送礼", "新手必看", "对比", "回购", "优惠", "怎么选")
CHANNELS = ("App", "小程序", "直播间", "PC", "H5")
KOL_STYLES = ("的购物车", "好物日记", "开箱", "玩转", "测评", "省钱记", "直播间", "种草机")
ACTIONS = (
    Action("年货节", "2025-01-05", "2025-01-22", 0.40, 2.0, "零食"),
    Action("38女神节", "2025-03-01", "2025-03-08", 0.38, 1.6, "美妆"),
    Action("宠粉节", "2025-04-10", "2025-04-17", 0.18, 0.5, "宠物"),
    Action("母婴大促", "2025-05-10", "2025-05-20", 0.20, 0.7, "母婴"),
    Action("618", "2025-05-28", "2025-06-18", 0.55, 4.0),
    Action("818发烧节", "2025-08-11", "2025-08-18", 0.25, 1.0, "手机数码"),
    Action("开学季", "2025-08-22", "2025-09-07", 0.22, 0.7, "图书文具"),
    Action("99大促", "2025-09-05", "2025-09-09", 0.25, 0.9),
    Action("双11预售", "2025-10-15", "2025-10-31", 0.40, 2.0),
    Action("双11", "2025-11-01", "2025-11-11", 0.55, 4.5),
    Action("双12", "2025-12-08", "2025-12-12", 0.35, 1.5),
)
