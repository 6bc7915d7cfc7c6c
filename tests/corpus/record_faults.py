"""Fault classes of records: missing and extra cells, lines that are no rows, repeated rows, broken JSON."""

from __future__ import annotations

from tests.corpus.fault import (
    DUPLICATE,
    LINES,
    LOADED,
    SEPARATED,
    UPDATED,
    Cell,
    Fault,
    Format,
    Line,
    Texts,
    rejected,
)

_NOT_AN_OBJECT = rejected("not_an_object")
_JSON: frozenset[Format] = frozenset({"jsonl"})


def _same(row: Texts) -> Texts:
    return row


def _without(row: Texts) -> Texts:
    return {**row, "note": None}


def _nothing(row: Texts) -> Texts:
    return dict.fromkeys(row)


def _other_amount(row: Texts) -> Texts:
    return {**row, "amount": "98765.25"}


def _other_city(row: Texts) -> Texts:
    return {**row, "city": "拉萨", "followers": "77"}


def _self(row: Texts) -> Texts:
    return {**row, "followed_id": row["user_id"]}


def _cut(line: Line) -> str:
    """The first two thirds of the cells, the last of them cut; of a JSON line, two thirds of its characters."""
    if not line.separator:
        return line.text[: 2 * len(line.text) // 3]
    kept = line.cells[: 2 * len(line.cells) // 3]
    return line.separator.join((*kept[:-1], kept[-1][:1]))


def _joined(line: Line) -> str:
    return line.text + line.text


def _fewer(line: Line) -> str:
    return line.separator.join((*line.cells[: line.column], *line.cells[line.column + 1 :]))


CELLS: tuple[Fault, ...] = (
    Fault(
        "missing_cell",
        "a cell that an editor of the file lost",
        "record",
        rejected("column_count"),
        formats=SEPARATED,
        line=_fewer,
    ),
    Fault("missing_key", "an object or a row without a value that may be missing", "record", LOADED, row=_without),
    Fault(
        "missing_required",
        "an object or a row without its user",
        "record",
        rejected("missing_value"),
        column="user_id",
        row=lambda row: {**row, "user_id": None},
    ),
    Fault(
        "extra_cell",
        "a cell too many, from a comment behind the row",
        "record",
        rejected("column_count"),
        formats=SEPARATED,
        line=lambda line: line.text + line.separator + "see mail",
    ),
    Fault(
        "extra_key",
        "a key that only some objects have",
        "record",
        LOADED,
        formats=_JSON,
        line=lambda line: line.text[:-1] + ', "trace": "a1"}',
    ),
    Fault(
        "trailing_delimiter",
        "a delimiter after the last cell",
        "record",
        rejected("column_count"),
        formats=SEPARATED,
        line=lambda line: line.text + line.separator,
    ),
    Fault(
        "cut_record",
        "half a record, where a disk was full for a moment",
        "record",
        rejected("column_count"),
        formats=LINES,
        line=_cut,
        other={"jsonl": _NOT_AN_OBJECT},
    ),
    Fault(
        "joined_records",
        "two records in one line, where a line end was lost",
        "record",
        rejected("column_count"),
        formats=LINES,
        line=_joined,
        other={"jsonl": _NOT_AN_OBJECT},
    ),
    Fault(
        "blank_record",
        "a row that a spreadsheet emptied",
        "record",
        rejected("empty_row"),
        column="",
        row=_nothing,
        after=True,
    ),
)

EXTRAS: tuple[Fault, ...] = (
    Fault(
        "blank_line",
        "lines without anything",
        "record",
        LOADED,
        formats=LINES,
        line=lambda _: "",
        after=True,
        counts=False,
    ),
    Fault(
        "repeated_header",
        "the header again, in files that were joined by cat",
        "record",
        rejected("repeated_header"),
        formats=SEPARATED,
        line=lambda line: line.header,
        after=True,
    ),
    Fault(
        "comment_line",
        "a remark of the exporting program",
        "record",
        rejected("no_record"),
        formats=LINES,
        line=lambda _: "# exported by nightly job",
        after=True,
        other={"jsonl": _NOT_AN_OBJECT},
    ),
    Fault(
        "nul_run",
        "a block of NULs that a crash left in front of a record",
        "record",
        rejected("nul_byte"),
        formats=LINES,
        line=lambda line: "\x00" * 512 + line.text,
        other={"jsonl": rejected("nul_byte", "not_an_object")},
    ),
    Fault(
        "footer",
        "the count of rows below them",
        "record",
        rejected("column_count"),
        formats=LINES,
        line=lambda _: "Total: 300 rows",
        after=True,
        where="last",
        other={"jsonl": _NOT_AN_OBJECT},
    ),
    Fault(
        "control_z",
        "the end-of-file character of DOS",
        "record",
        rejected("column_count"),
        formats=LINES,
        line=lambda _: "\x1a",
        after=True,
        where="last",
        other={"jsonl": _NOT_AN_OBJECT},
    ),
    Fault(
        "truncated_end",
        "a file that is still being written, or whose copy was stopped",
        "record",
        rejected("column_count"),
        formats=LINES,
        line=_cut,
        where="last",
        other={"jsonl": _NOT_AN_OBJECT},
    ),
    Fault(
        "truncated_in_quotes",
        "a file that ends inside a quoted cell",
        "record",
        rejected("stray_quote"),
        formats=SEPARATED,
        line=lambda line: line.separator.join((*line.cells[: line.column], '"half')),
        where="last",
    ),
    Fault(
        "no_last_line_end",
        "the last record has no line end",
        "record",
        LOADED,
        formats=LINES,
        line=lambda line: line.text,
        where="last",
    ),
)

REPEATS: tuple[Fault, ...] = (
    Fault(
        "exact_duplicate", "the same row twice, from overlapping exports", "record", DUPLICATE, row=_same, after=True
    ),
    Fault(
        "event_conflict",
        "an order number again with another amount",
        "record",
        rejected("event_conflict"),
        column="order_id",
        row=_other_amount,
        after=True,
    ),
    Fault(
        "user_updated", "a user again with another city", "record", UPDATED, table="users", row=_other_city, after=True
    ),
    Fault("user_repeated", "a user row twice", "record", DUPLICATE, table="users", row=_same, after=True),
    Fault(
        "follow_repeated",
        "the same follow twice, without an id of its own",
        "record",
        DUPLICATE,
        table="follows",
        row=_same,
        after=True,
    ),
    Fault(
        "self_loop",
        "a user who follows himself: odd, but what the platform says",
        "record",
        LOADED,
        table="follows",
        row=_self,
    ),
)


def _json_line(name: str, story: str, text: str) -> Fault:
    """A line that is no object; in the other formats its text is a cell."""
    return Fault(
        name,
        story,
        "record",
        LOADED,
        cells=(Cell(text),),
        line=lambda _: text,
        other={"jsonl": _NOT_AN_OBJECT},
    )


JSON: tuple[Fault, ...] = (
    _json_line("json_scalar", "a line that is a value", "42"),
    _json_line("json_array", "a line that is a list", '["O1", "U0001", 12.5]'),
    _json_line("json_boolean", "a line that says true", "true"),
    _json_line("json_unterminated", "an object without its end", '{"order_id": "O1", "note": "a'),
    _json_line("json_trailing_comma", "an object with a comma too many", '{"order_id": "O1",}'),
    _json_line("json_single_quotes", "a Python dictionary instead of JSON", "{'order_id': 'O1'}"),
    Fault(
        "json_duplicate_key",
        "an object that names a key twice",
        "record",
        rejected("duplicate_key"),
        formats=_JSON,
        line=lambda line: line.text[:-1] + ', "note": "again"}',
    ),
    Fault(
        "json_lone_surrogate",
        "half a surrogate pair, where a text was cut by characters of UTF-16",
        "record",
        rejected("encoding", "not_an_object"),
        formats=_JSON,
        cells=(Cell("", json='"cut \\ud83d"'),),
    ),
    Fault(
        "json_nested_number",
        "an amount as an object",
        "record",
        rejected("not_a_decimal"),
        formats=_JSON,
        column="score",
        cells=(Cell("", json='{"value": 12.5, "unit": "CNY"}'), Cell("", json="[12.5]")),
    ),
    Fault(
        "json_nested_unused",
        "an object under a key that nobody reads",
        "record",
        LOADED,
        formats=_JSON,
        column="remark",
        cells=(Cell("", json='{"a": {"b": [1, 2, {"c": null}]}}'),),
    ),
    Fault(
        "json_number_texts",
        "numbers as texts",
        "record",
        LOADED,
        column="amount",
        cells=(Cell("12.50", 12.5), Cell("7", 7.0)),
    ),
    Fault(
        "json_bare_infinity",
        "Infinity without quotes, which is Python but not JSON",
        "record",
        rejected("not_an_object", "not_a_decimal"),
        formats=_JSON,
        column="score",
        cells=(Cell("", json="Infinity"), Cell("", json="-Infinity")),
    ),
    Fault(
        "json_number_id",
        "an id that is a number",
        "record",
        LOADED,
        column="order_id",
        cells=(Cell("9{#}", json="9{#}"),),
    ),
)
