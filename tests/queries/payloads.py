"""Two hundred and more texts that try to be more than a value, by family."""

from __future__ import annotations

import json

_TAILS = (
    "DETACH DELETE p //",
    "MATCH (n) DETACH DELETE n //",
    "CREATE (:Person {id: 'mallory'}) //",
    "SET p.name = 'mallory' //",
    "LOAD CSV FROM 'file:///etc/hostname' AS row RETURN row //",
    "CALL dbms.listConfig() //",
    "RETURN 1 AS x //",
)
_BREAKS = ("'", '"', "`", "'}) ", '"}) ', "\\'", "\\\\' ", "')", "']", "'; ", "\n", "*/ ")


def _families() -> dict[str, list[str]]:
    found = {f"break out by {mark!r}": [f"{mark} {tail}" for tail in _TAILS] for mark in _BREAKS}
    found["quotes"] = ["'", "''", "'''", '"', '""', "`", "``", "'\"`", "‘", "’", "“ann”", "«ann»", "´", "ʼ"]
    found["always true"] = [
        "' OR 1=1",
        "' OR '1'='1",
        "ann' OR true //",
        '" OR ""="',
        "x' XOR true",
        "ann' IS NOT NULL",
    ]
    found["comments"] = ["//", "ann//", "ann //", "/* */", "ann/**/", "/*", "*/", "--", "ann -- x", "#", "<!-- -->"]
    found["escapes"] = [
        "\\u0027 OR true //", "\\u0061nn", "\\u{61}nn", "\\x61nn", "&#39;", "%27", "%2527", "\\n", "\\t", "\\0", "\\",
        "\\\\", "ann\\", "\\'", '\\"', "&apos; OR true",
    ]  # fmt: skip
    found["parameters"] = [
        "$",
        "$$",
        "$person",
        "$limit",
        "${person}",
        "{person}",
        "$`person`",
        "$0",
        "{{person}}",
        ":ann",
    ]
    found["formats"] = [
        "%s",
        "%d",
        "{0}",
        "{}",
        "{0.__class__}",
        "#{1+1}",
        "<%= 1 %>",
        "${7*7}",
        "%(person)s",
        "{{7*7}}",
    ]
    found["maps and lists"] = [
        "{id: 'ann'}", '{"id": "ann"}', "['ann']", '["ann", "bo"]', "{}", "[]", "{$ne: null}", '{"$gt": ""}', "(ann)",
        "[ann, bo]",
    ]  # fmt: skip
    found["words"] = [
        "null",
        "NULL",
        "true",
        "false",
        "NaN",
        "Infinity",
        "undefined",
        "None",
        "nil",
        "-1",
        "0",
        "1e309",
    ]
    found["expressions"] = [
        "p.id",
        "id",
        "n",
        "*",
        "1+1",
        "ann' + '",
        "'ann'",
        '"ann"',
        "toString(1)",
        "date()",
        "rand()",
    ]
    found["patterns"] = [
        ".*",
        "^ann$",
        "a.n",
        "%",
        "a%",
        "_nn",
        "?",
        "*",
        "an*",
        "[a-z]+",
        "(?i)ANN",
        "ann|bo",
        "(a+)+$",
    ]
    found["statements"] = [
        "; MATCH (n) DETACH DELETE n", "ann; RETURN 1", ";", ";;", "EXPLAIN", "PROFILE RETURN 1", "USE system",
        "CYPHER 5",
        "UNION MATCH (n) RETURN n", "ann UNION ALL RETURN 1",
    ]  # fmt: skip
    found["procedures"] = [
        "apoc.load.json('http://127.0.0.1:1/')", "CALL apoc.cypher.runWrite('MATCH (n) DELETE n', {})",
        "CALL db.clearQueryCaches()", "SHOW USERS", "TERMINATE TRANSACTION 'neo4j-transaction-1'",
        "DROP DATABASE neo4j",
    ]  # fmt: skip
    found["control characters"] = [
        "\x00",
        "ann\x00",
        "\x00ann",
        "\x01",
        "\x07",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\r\n",
        "\t",
    ]
    found["spaces"] = [
        " ",
        "  ",
        " ann",
        "ann ",
        "\u00a0",
        "\u3000",
        "ann\u3000",
        "\u2028",
        "\u2029",
        "\ufeffann",
        "\u1680",
    ]
    found["directions"] = ["\u202eann", "\u202aann", "ann\u200f", "\u2066ann\u2069", "\u061c", "שלום", "مرحبا' OR true"]
    found["invisible"] = ["a\u200bnn", "ann\u200d", "\u00adann", "ann\ufe0f", "\u2060ann", "a\u0301nn", "ann\U000e0001"]
    found["full width"] = [
        "ａｎｎ",
        "＇ OR １＝１ ／／",
        "＂",
        "｀",
        "；",
        "＄ｐｅｒｓｏｎ",
        "｛｝",
        "（ann）",
        "＊",
        "％",
    ]
    found["look-alikes"] = [
        "аnn",
        "ann\u0000",
        "ANN",
        "Ann",
        "ａnn",
        "小羙",
        "小美 ",
        "商品４",
        "v１",
        "Ｖ1",
        "v1\u0307",
    ]
    found["names"] = ["Person", "User", ":Person", "Graphvine", "Derived", "(p:Person)", "[:OWNS]", "-[]->", "`Person`"]
    found["other worlds"] = [
        "=1+1", "+1", "@SUM(1)", "<script>alert(1)</script>", "../../etc/passwd", "file:///etc/passwd", "; rm -rf /",
        "$(reboot)", "`reboot`", "| cat", "javascript:1", "' UNION SELECT 1", "'; DROP TABLE node_Person; --",
    ]  # fmt: skip
    found["beyond the first plane"] = ["😀", "😀' OR true //", "𠮷野家", "👨‍👩‍👧", "\U0010ffff", "\uffff", "\ue000"]
    found["very long"] = ["a" * 100_000, "'" * 20_000, "\\" * 20_001, "(" * 20_000, "小" * 50_000, "//" + "x" * 70_000]
    return found


FAMILIES = _families()
PAYLOADS = tuple(dict.fromkeys(text for texts in FAMILIES.values() for text in texts))


def dressed(value: str) -> list[str]:
    """Texts that are almost a value of the market, or hold it, and are not it."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)
    found = [
        f"'{value}'", f'"{value}"', f"`{value}`", f"{value} ", f" {value}", f"{value}\n", f"{value}\x00",
        f"\x00{value}",
        f"{value}\u200b", f"\ufeff{value}", f"\u202e{value}", f"{value}' OR true //", f'{value}" OR true //',
        f"{value}'}}) RETURN p //", f"({value})", f"{{id: '{value}'}}", f"{value}|{value}", f"{value}.*", f"^{value}$",
        f"{value[:-1]}%", f"{value[:1]}*", f"{value}//", f"{value}/**/", value * 2, value.swapcase(), wide,
        "".join(f"\\u{ord(c):04x}" for c in value), f"$person {value}", f"{value};", f"['{value}']",
        f"{value}, {value}",
    ]  # fmt: skip
    return [text for text in found if text != value]


def listed(value: str) -> list[str]:
    """A list of one text, written as JSON, which the embedded engine by itself takes for that text."""
    return [f'["{value}"]', f'[ "{value}" ]', f' ["{value}"] ', json.dumps([value])]
