"""Each check on a small file, with the records that break it counted by hand."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import ConfigError, DataError
from graph.schema import MARKET, extend_schema

ORDERS = """user,item,ts,amount,order_no,phone,channel,城市
u1,p1,2026-03-01 10:00:00,10,A1,13912345678,app,上海
u2,p1,2026-03-01 11:00:00,0.10,A2,1391234567,web,
u1,p2,2026-03-01 09:00:00,1000000,A1,,App,上海
u2,p2,2026-03-02,1000000.01,A3,13812345678 ,app,\u3000
u9,p3,2026-03-03,-1,,12912345678,小程序,广州
,p3,2026-03-04,,A2,13912345678,app,北京
u1,p3,soon,many,A1,13912345678,,北京
"""

KNOWN = [
    ({"check": "unique", "column": "order_no"}, 6, [(3, "A1"), (6, "A2"), (7, "A1")]),
    ({"check": "unique", "columns": ["user", "order_no"]}, 5, [(3, "u1, A1"), (7, "u1, A1")]),
    ({"check": "unique", "column": "ts"}, 6, []),
    ({"check": "not_null", "column": "城市"}, 7, [(2, ""), (4, "　")]),
    ({"check": "not_null", "column": "user"}, 7, [(6, "")]),
    ({"check": "not_null", "column": "ts"}, 7, []),
    # A cell that is no number is a reject of its own, so the rule has not looked at it; nor at an empty one.
    ({"check": "range", "column": "amount", "least": 0, "most": 1_000_000}, 5, [(4, "1000000.01"), (5, "-1")]),
    ({"check": "range", "column": "amount", "least": 0.1}, 5, [(5, "-1")]),
    ({"check": "range", "column": "amount", "most": "10"}, 5, [(3, "1000000"), (4, "1000000.01")]),
    # The first and the last day are within the range as a whole.
    ({"check": "range", "column": "ts", "least": dt.date(2026, 3, 2), "most": "2026-03-03"}, 6, [
        (1, "2026-03-01 10:00:00"), (2, "2026-03-01 11:00:00"), (3, "2026-03-01 09:00:00"), (6, "2026-03-04")]),
    ({"check": "range", "column": "ts", "most": dt.datetime(2026, 3, 1, 10, 0, 0)}, 6, [
        (2, "2026-03-01 11:00:00"), (4, "2026-03-02"), (5, "2026-03-03"), (6, "2026-03-04")]),
    # Of a column that is not mapped nobody else tells that a cell is no number.
    ({"check": "range", "column": "phone", "least": 13_000_000_000}, 6, [(2, "1391234567"), (5, "12912345678")]),
    ({"check": "range", "column": "order_no", "least": 0}, 6, [
        (1, "A1"), (2, "A2"), (3, "A1"), (4, "A3"), (6, "A2"), (7, "A1")]),
    ({"check": "pattern", "column": "phone", "pattern": "1[3-9][0-9]{9}"}, 6, [(2, "1391234567"), (5, "12912345678")]),
    ({"check": "pattern", "column": "城市", "pattern": "上|北.|广州"}, 5, [(1, "上海"), (3, "上海")]),
    ({"check": "pattern", "column": "amount", "pattern": "(?i)MANY|[0-9.]+"}, 6, [(5, "-1")]),
    ({"check": "accepted", "column": "channel", "values": ["app", "web", "小程序"]}, 6, [(3, "App")]),
    ({"check": "accepted", "column": "amount", "values": [10, 0.1, "-1.0"]}, 5, [(3, "1000000"), (4, "1000000.01")]),
    ({"check": "monotone"}, 6, [(3, "2026-03-01 09:00:00")]),
    ({"check": "monotone", "column": "ts", "by": "user"}, 5, [(3, "2026-03-01 09:00:00")]),
    ({"check": "monotone", "column": "ts", "by": ["user", "item"]}, 5, []),
    ({"check": "monotone", "column": "amount"}, 5, [(2, "0.10"), (5, "-1")]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "checked", "wrong"), KNOWN, ids=lambda v: str(v)[:70] if isinstance(v, dict) else "")
def test_offenders_of_one_rule(bench: Any, rule: dict[str, Any], checked: int, wrong: list[tuple[int, str]]) -> None:
    findings = bench.check_cells({"orders.csv": ORDERS}, bench.orders("orders.csv", rule))
    (finding,) = findings.items
    assert (finding.checked, finding.failed, finding.broken) == (checked, len(wrong), bool(wrong))
    assert bench.rows_of(findings) == wrong
    assert (finding.row, finding.example) == (wrong[0] if wrong else (None, ""))
    assert finding.share == len(wrong) / checked


HEADER, *LINES = [line.split(",") for line in ORDERS.splitlines()]
RECORDS = [dict(zip(HEADER, line, strict=True)) for line in LINES]
FILES = {
    "orders.csv": ORDERS,
    "orders.csv.gz": gzip.compress(ORDERS.encode()),
    "orders.tsv": ORDERS.replace(",", "\t"),
    "orders.txt": ORDERS.encode("gb18030"),
    "orders.jsonl": "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS),
    # Keys without a value are left out, so that whole blocks may lack a column.
    "orders.ndjson": "".join(
        json.dumps({k: v for k, v in record.items() if v}, ensure_ascii=False) + "\n" for record in RECORDS
    ),
}


def parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([{k: v or None for k, v in r.items()} for r in RECORDS]), sink)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("name", [*FILES, "orders.parquet"])
def test_every_format_gives_the_same_offenders(bench: Any, name: str) -> None:
    text = parquet() if name == "orders.parquet" else FILES[name]
    rules = [{**rule, "name": f"rule {i}"} for i, (rule, _, _) in enumerate(KNOWN)]
    findings = bench.check_cells({name: text}, bench.orders(name, *rules))
    assert [(f.checked, f.failed) for f in findings.items] == [(checked, len(wrong)) for _, checked, wrong in KNOWN]
    for i, (_, _, wrong) in enumerate(KNOWN):
        assert [row for row, _ in bench.rows_of(findings, f"rule {i}")] == [row for row, _ in wrong]


def test_unique_goes_over_all_files_of_an_entry_and_tells_of_each(bench: Any) -> None:
    files = {"a.csv": "uid\nu1\nu2\n", "b.csv": "uid\nu2\nu3\nu1\nu3\n"}
    findings = bench.check_cells(files, bench.people("*.csv", {"check": "unique", "column": "uid"}))
    assert [(f.file, f.checked, f.failed) for f in findings.items] == [("a.csv", 2, 0), ("b.csv", 4, 3)]
    assert bench.rows_of(findings) == [(1, "u2"), (3, "u1"), (4, "u3")]


def test_unique_compares_values_as_the_mapping_types_them(bench: Any) -> None:
    rows = "u1,p1,2026-03-01,10\nu1,p1,2026/3/1 00:00,10.0\nu1 ,p2,2026-03-01,1e1\n"
    rule = {"check": "unique", "columns": ["user", "ts", "amount"]}
    findings = bench.check_cells({"o.csv": f"user,item,ts,amount\n{rows}"}, bench.orders("o.csv", rule))
    assert bench.rows_of(findings) == [(2, "u1, 2026-02-28 16:00:00Z, 10.0"), (3, "u1, 2026-02-28 16:00:00Z, 10.0")]


def test_reference_takes_node_files_and_the_loaded_market(bench: Any) -> None:
    files = {"people.csv": "uid\nu1\n u2 \n", "orders.csv": ORDERS}
    rule = {"check": "reference", "column": "user", "node": "Person"}
    entries = (bench.people("people.csv"), bench.orders("orders.csv", rule))
    assert bench.rows_of(bench.check_cells(files, *entries)) == [(5, "u9")]
    asked = []

    def stored(node: str) -> pa.Array:
        asked.append(node)
        return pa.array(["u9"], pa.large_string())

    assert bench.rows_of(bench.check_cells(files, *entries, stored=stored)) == []
    assert asked == ["Person"]
    assert bench.verdicts(bench.check_cells(files, entries[1], stored=lambda _: None)) == [
        ("reference user", 6, 6, True)
    ]


def test_freshness_looks_for_the_last_event_of_all_files_before_the_moment(bench: Any) -> None:
    files = {
        "a.csv": "user,item,ts,amount\nu,p,1000,\nu,p,5000,\n",
        "b.csv": "user,item,ts,amount\nu,p,9000,\nu,p,2000,\n",
    }
    entry = bench.orders("*.csv", {"check": "freshness", "within": "1h"}, time_unit="s")
    for as_of, file, failed, row, example in [
        (9001, "b.csv", 0, None, ""),
        (9000 + 3600, "b.csv", 0, None, ""),
        (9000 + 3601, "b.csv", 1, 1, "last event 1970-01-01 02:30:00Z"),
        (9000, "a.csv", 1, 2, "last event 1970-01-01 01:23:20Z"),
        (1000, "a.csv", 1, None, "no event"),
    ]:
        (finding,) = bench.check_cells(files, entry, as_of=as_of).items
        assert (finding.file, finding.failed, finding.row, finding.example) == (file, failed, row, example)
        assert (finding.checked, finding.share) == (4, None)


def test_volume_counts_refused_records_and_compares_with_the_last_load(bench: Any) -> None:
    text = 'uid,city\nu1,"a"b\nu2,x\nu3,y\nu4,z\n'
    for rule, earlier, told in [
        ({"at_least": 4}, None, ""),
        ({"at_least": 5}, None, "4 records, at least 5 expected"),
        ({"at_most": 3}, None, "4 records, at most 3 expected"),
        ({"change": "50%"}, None, ""),
        ({"change": "50%"}, {"other.csv": 1}, ""),
        ({"change": "50%"}, {"u.csv": 8}, ""),
        ({"change": "50%"}, {"u.csv": 0}, ""),
        ({"change": "49.9%"}, {"u.csv": 8}, "4 records, 8 in the last load"),
        ({"change": "100%"}, {"u.csv": 2}, ""),
        ({"change": "99%"}, {"u.csv": 2}, "4 records, 2 in the last load"),
    ]:
        (finding,) = bench.check_cells(
            {"u.csv": text}, bench.people("u.csv", {"check": "volume", **rule}), earlier=earlier
        ).items
        assert (finding.checked, finding.failed, finding.example) == (4, int(bool(told)), told)
        assert (finding.column, finding.share) == ("", None)


def test_an_empty_file_is_judged_too(bench: Any) -> None:
    rules = [
        {"check": "volume", "at_least": 1},
        {"check": "unique", "column": "uid"},
        {"check": "not_null", "column": "uid"},
    ]
    findings = bench.check_cells({"u.csv": "uid\n"}, bench.people("u.csv", *rules))
    assert bench.verdicts(findings) == [
        ("volume", 0, 1, True),
        ("unique uid", 0, 0, False),
        ("not_null uid", 0, 0, False),
    ]
    assert [f.share for f in findings.items] == [None, None, None]


def test_monotone_starts_anew_with_each_file(bench: Any) -> None:
    head = "user,item,ts,amount\n"
    files = {"a.csv": head + "u,p,50,\nu,p,60,\n", "b.csv": head + "u,p,10,\nv,p,5,\nu,p,20,\nv,p,4,\n"}
    rules = [{"check": "monotone"}, {"check": "monotone", "by": "user", "name": "by user"}]
    findings = bench.check_cells(files, bench.orders("*.csv", *rules, time_unit="s"))
    assert [(f.rule, f.file, f.failed) for f in findings.items] == [
        ("monotone ts", "a.csv", 0),
        ("monotone ts", "b.csv", 2),
        ("by user", "a.csv", 0),
        ("by user", "b.csv", 1),
    ]
    assert bench.rows_of(findings, "by user") == [(4, "4")]


@pytest.mark.parametrize(
    ("at_most", "broken"), [(0, True), (1, True), (2, False), ("28%", True), ("28.6%", False), ("100%", False)]
)
def test_a_rule_puts_up_with_what_it_allows(bench: Any, at_most: int | str, broken: bool) -> None:
    rule = {"check": "not_null", "column": "城市", "at_most": at_most, "severity": "stop"}
    findings = bench.check_cells({"o.csv": ORDERS}, bench.orders("o.csv", rule))
    assert bench.verdicts(findings) == [("not_null 城市", 7, 2, broken)]
    # What is allowed is still there to be seen.
    assert bench.rows_of(findings) == [(2, ""), (4, "　")]
    if broken:
        with pytest.raises(DataError, match="not_null 城市: 2 of 7 records, first row 2") as raised:
            findings.require()
        assert "--rows" in raised.value.hint
    else:
        findings.require()


def test_a_warning_stops_nothing(bench: Any) -> None:
    findings = bench.check_cells({"o.csv": ORDERS}, bench.orders("o.csv", {"check": "unique", "column": "user"}))
    assert findings.broken
    assert not findings.stopping
    findings.require()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"check": "range", "column": "user", "least": 0}, "holds text, which has no order"),
        ({"check": "range", "column": "amount", "least": "2026-01-01"}, "is no value of column 'amount'"),
        ({"check": "range", "column": "ts", "least": "yesterday"}, "is no value of column 'ts'"),
        (
            {"check": "range", "column": "ts", "least": "2026-03-02 10:00", "most": "2026-03-02 09:00"},
            "least is above most",
        ),
        ({"check": "accepted", "column": "ts", "values": ["2026-01-01", "never"]}, "'never' is no value"),
        ({"check": "freshness", "column": "amount", "within": "1d"}, "holds decimal, not times"),
        ({"check": "monotone", "column": "user"}, "holds text, which has no order"),
    ],
)
def test_rules_that_do_not_fit_their_column_are_refused_before_reading(
    bench: Any, rule: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        bench.check_cells({"o.csv": "user,item,ts,amount\n"}, bench.orders("o.csv", rule))


@pytest.mark.parametrize("name", ["o.csv", "o.jsonl"])
def test_a_column_that_the_file_lacks_is_named_with_the_nearest(bench: Any, name: str) -> None:
    text = {"o.csv": "user,item,ts,amount,城市\n", "o.jsonl": '{"user": "u", "城市": "上海"}\n'}[name]
    rule = (
        {"check": "monotone", "column": "ts", "by": "城 市"}
        if name == "o.csv"
        else {"check": "unique", "column": "城 市"}
    )
    with pytest.raises(DataError, match="looks at column '城 市', which the file does not have") as raised:
        bench.check_cells({name: text}, bench.orders(name, rule))
    assert raised.value.hint == "did you mean '城市'?"


def test_a_name_of_no_rule_is_refused(bench: Any) -> None:
    bench.check_cells({"o.csv": ORDERS}, bench.orders("o.csv", {"check": "unique", "column": "order_no"}))
    (run,) = bench.runs
    run.expect("unique order_no")
    with pytest.raises(ConfigError) as raised:
        run.expect("unique order")
    assert raised.value.hint == "did you mean 'unique order_no'?"


def test_cells_are_read_as_the_mapping_says(bench: Any) -> None:
    text = "user;item;ts;amount\nu1;p;03/04/2026;1.234,5\nu2;p;-;1.234,50\n-;p;01/05/2026;0,5\n"
    rules = [
        {"check": "range", "column": "amount", "most": 1234.5},
        {"check": "range", "column": "ts", "name": "April", "least": "2026-04-03", "most": "2026-04-30"},
        {"check": "not_null", "column": "user"},
        {"check": "not_null", "column": "ts"},
        {"check": "unique", "column": "amount"},
    ]
    for decimal in (",", "auto"):
        entry = bench.orders("o.csv", *rules, date_order="dmy", decimal=decimal, missing=("-",))
        assert bench.verdicts(bench.check_cells({"o.csv": text}, entry)) == [
            ("range amount", 3, 0, False),
            ("April", 2, 1, True),
            ("not_null user", 3, 1, True),
            ("not_null ts", 3, 1, True),
            ("unique amount", 3, 1, True),
        ]


def test_money_is_compared_to_the_cent(bench: Any) -> None:
    schema = bench.folder / "schema.toml"
    schema.write_text('[nodes.Person]\ncolumns = { rent = "money" }\n')
    text = "uid,rent\nu1,9007199254740.93\nu2,9007199254740.92\nu3,\n"
    rules = [
        {"check": "range", "column": "rent", "most": "9007199254740.92"},
        {"check": "accepted", "column": "rent", "values": ["9007199254740.93"]},
        {"check": "monotone", "column": "rent"},
        {"check": "unique", "column": "rent"},
    ]
    entry = bench.people("u.csv", *rules, columns={"rent": "rent"})
    findings = bench.check_cells({"u.csv": text}, entry, schema=extend_schema(MARKET, schema))
    assert bench.rows_of(findings, "range rent") == [(1, "9007199254740.93")]
    assert bench.rows_of(findings, "accepted rent") == [(2, "9007199254740.92")]
    assert bench.rows_of(findings, "monotone rent") == [(2, "9007199254740.92")]
    assert bench.rows_of(findings, "unique rent") == []
