"""Words by which files and columns are recognised, in English and Chinese."""

from __future__ import annotations

# Words that name a node type; where several fit, the longest counts.
NODE_WORDS = {
    "Person": (
        "user", "uid", "member", "customer", "cust", "buyer", "client", "person", "people", "openid", "account",
        "reviewer", "rater", "driver", "renter", "kol", "influencer", "blogger", "creator", "author", "follower",
        "followed",
        "followee", "friend", "truster", "trustee", "actor", "fan", "用户", "会员", "客户", "买家", "顾客", "账号",
        "达人", "博主", "主播", "粉丝", "关注者", "被关注者", "好友", "车主", "作者",
    ),
    "Product": ("item", "product", "sku", "spu", "goods", "artist", "movie", "book", "商品", "产品", "货品", "单品"),
    "Vehicle": ("vehicle", "car", "auto", "车型", "车辆", "车系", "汽车"),
    "Topic": ("topic", "keyword", "query", "话题", "关键词", "搜索词"),
    "Channel": ("channel", "渠道"),
    "Campaign": ("campaign", "营销活动", "活动"),
}  # fmt: skip
KOL_WORDS = ("kol", "influencer", "blogger", "creator", "达人", "博主", "主播")
# Names of files that list people who must not be contacted; "dnc" counts as a word of its own alone.
EXCLUSION_WORDS = ("黑名单", "勿扰", "免打扰", "退订", "blacklist", "donotcontact", "unsubscribe", "optout", "optedout")
# What may stand beside such a word in the name of an id column.
ID_ENDINGS = (
    "", "id", "ids", "no", "nr", "key", "code", "num", "number", "a", "b", "1", "2", "编号", "号", "编码",
    "代码",
)  # fmt: skip
TIME_WORDS = ("ts", "time", "date", "datetime", "timestamp", "when", "day", "dt", "created", "时间", "日期", "时刻")

RELATION_COLUMNS = ("behavio", "action", "event", "type", "行为", "动作", "操作")
PAIRS = (("source", "target"), ("from", "to"), ("src", "dst"), ("start", "end"), ("a", "b"))
EVENT_WORDS = ("order", "event", "transaction", "trade", "log", "订单", "流水", "单号", "合同")
WEIGHTS = (
    "amount", "paid", "payment", "total", "fee", "price", "rating", "score", "star", "weight", "count", "cnt", "qty",
    "quantity", "times", "seconds", "minutes", "duration", "plays", "金额", "费用", "价格", "评分", "数量",
    "次数", "时长",
)  # fmt: skip
# Those of the weight words that stand for a count of events, not for an amount.
COUNTS = ("count", "cnt", "qty", "quantity", "times", "plays", "数量", "次数")
SYNONYMS = {
    "name": ("nickname", "title", "fullname", "姓名", "名称", "昵称", "名字"),
    "gender": ("sex", "性别"),
    "age_band": ("age", "agegroup", "年龄段", "年龄"),
    "city": ("城市",),
    "tags": ("interests", "标签", "兴趣"),
    "signup": ("registered", "joined", "注册时间", "注册日期"),
    "platform": ("平台",),
    "followers": ("fans", "followercount", "粉丝数", "粉丝量"),
    "cost": ("quote", "报价"),
    "brand": ("品牌",),
    "category": ("cat", "categoryid", "类目", "品类", "分类", "类别"),
    "price": ("价格", "售价", "指导价"),
    "stock": ("inventory", "onhand", "库存", "库存量", "现货"),
    "model": ("车型", "型号"),
    "energy_type": ("energy", "fuel", "能源类型", "动力类型"),
    "body": ("bodytype", "车身", "级别"),
    "price_band": ("价格带", "价位"),
    "kind": ("type", "action", "类型", "互动类型"),
    "channel": ("渠道",),
}
# Words that people write where they have no value.
PLACEHOLDERS = (
    "无", "暂无", "没有", "空", "未知", "不详", "未填", "未填写", "待定", "待补充", "待更新", "面议", "议价", "保密",
    "未付款", "未支付", "未下单", "未注册", "未登录", "已取消", "na", "n.a.", "n/a", "nil", "none", "null", "nan",
    "unknown", "missing", "tbd", "tbc", "unpaid", "never", "not available", "not set", "blank", "empty",
)  # fmt: skip
# Parts of words by which a column of states says that nothing came of an event.
UNDONE = ("关闭", "取消", "退款", "退货", "失败", "未付", "未支付", "作废", "cancel", "refund", "return", "fail",
          "unpaid", "void", "closed")  # fmt: skip


def is_placeholder(cell: str) -> bool:
    """Whether people write this where they have no value.

    >>> is_placeholder("--"), is_placeholder("面议"), is_placeholder("1.2万")
    (True, True, False)
    """
    return not any(map(str.isalnum, cell)) or cell.strip().casefold() in PLACEHOLDERS
