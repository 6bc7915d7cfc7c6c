"""Rules against plain Python on generated files, however these are cut into blocks, and in little memory."""

from __future__ import annotations

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import StoreError
from graph.ingest.csv.records import RecordBlock
from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.ingest.rules.declare import rules_of
from graph.ingest.rules.findings import Findings
from graph.ingest.rules.run import RuleRun
from graph.schema import MARKET, EdgeKey

RULES = [
    {"check": "unique", "column": "user"},
    {"check": "unique", "columns": ["user", "note"], "name": "pair"},
    {"check": "not_null", "column": "note"},
    {"check": "range", "column": "amount", "least": -1.5, "most": 2},
    {"check": "pattern", "column": "note", "pattern": "[ab车]+"},
    {"check": "accepted", "column": "note", "values": ["a", "车"]},
    {"check": "reference", "column": "user", "node": "Person"},
    {"check": "monotone", "column": "ts"},
    {"check": "monotone", "column": "ts", "by": "user", "name": "by user"},
]
NAMES = ("user", "note", "amount", "ts")
Record = tuple[str, str, str, str]
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["", "u1", "u2", "王", "u1,车"]),
        st.sampled_from(["", "a", "车", "ab", "a\x1fb", "c"]),
        st.sampled_from(["", "-1.5", "2", "2.01", "-2", "1e0", "x"]),
        st.sampled_from(["", "1", "2", "3", "4", "soon"]),
    ),
    max_size=30,
)


def check_cells(records: list[Record], people: list[str], cuts: list[int], memory: int = 64 << 20) -> Findings:
    entry = FileMapping(
        "o.csv",
        edge=EdgeKey("Person", "BOUGHT", "Product"),
        source="user",
        target="user",
        time="ts",
        time_unit="s",
        weight="amount",
        decimal=".",
        rules=rules_of(RULES, "o", schema=MARKET, time="ts"),
    )
    nodes = FileMapping("p.csv", node="Person", id="uid", decimal=".")
    sources = [Source(Path(m.path), m.path, m) for m in (nodes, entry)]
    run = RuleRun(sources, MARKET, as_of=10, memory=memory)
    run.add(0, block(pa.table({"uid": pa.array(people, pa.large_string())}), 0))
    table = pa.table(
        [pa.array(column, pa.large_string()) for column in zip(*records, strict=True)] or [[]] * 4, names=NAMES
    )
    table = table.cast(pa.schema([(name, pa.large_string()) for name in NAMES]))
    ends = [0, *sorted(c % (len(records) + 1) for c in cuts), len(records)]
    for start, end in itertools.pairwise(ends):
        run.add(1, block(table.slice(start, end - start), start))
    return run.finish()


def block(table: pa.Table, start: int) -> RecordBlock:
    return RecordBlock(table, np.arange(start + 1, start + 1 + len(table)), (), len(table))


def expected(records: list[Record], people: list[str]) -> dict[str, list[int]]:
    """Rows that break each rule, by the plainest way to tell."""
    wrong: dict[str, list[int]] = {rule.name: [] for rule in rules_of(RULES, "", schema=MARKET, time="ts")}
    seen: Counter[Any] = Counter()
    last: dict[str, int] = {}
    for row, (user, note, amount, ts) in enumerate(records, 1):
        keys = {"unique user": (user,), "pair": (user, note)}
        for name, key in keys.items():
            if all(key):
                wrong[name] += [row] * (seen[name, key] > 0)
                seen[name, key] += 1
        wrong["not_null note"] += [row] * (not note)
        if amount not in ("", "x"):
            wrong["range amount"] += [row] * (not -1.5 <= float(amount) <= 2)
        if note:
            wrong["pattern note"] += [row] * bool(set(note) - set("ab车"))
            wrong["accepted note"] += [row] * (note not in ("a", "车"))
        if user:
            wrong["reference user"] += [row] * (user not in people)
        if ts.isdigit():
            groups = {"monotone ts": "", **({"by user": user} if user else {})}
            for name, group in groups.items():
                wrong[name] += [row] * (int(ts) < last.get(f"{name} {group}", 0))
                last[f"{name} {group}"] = int(ts)
    return wrong


@settings(max_examples=12, deadline=None)
@given(RECORDS, st.lists(st.sampled_from(["u1", "王", "u3"]), max_size=3), st.lists(st.integers(0, 30), max_size=3))
def test_rules_find_what_plain_python_finds(records: list[Record], people: list[str], cuts: list[int]) -> None:
    wanted = expected(records, people)
    with check_cells(records, people, cuts) as findings:
        assert {item.rule: item.failed for item in findings.items} == {name: len(rows) for name, rows in wanted.items()}
        for item in findings.items:
            assert [o.row for o in findings.offences(item.rule)] == wanted[item.rule]
            assert item.row == (wanted[item.rule] or [None])[0]


def test_more_than_fits_in_memory_goes_to_disk_and_comes_back() -> None:
    # 400,000 keys of 60 bytes twice, in the memory of a third of them.
    keys = [f"{'k' * 50}{i:010}" for i in range(400_000)]
    entry = FileMapping(
        "p.csv", node="Person", id="uid", decimal=".", rules=rules_of([RULES[0] | {"column": "uid"}], "", schema=MARKET)
    )
    run = RuleRun([Source(Path("p.csv"), "p.csv", entry)], MARKET, as_of=0, memory=16 << 20)
    for i in range(0, len(keys), 50_000):
        run.add(0, block(pa.table({"uid": pa.array(keys[i : i + 50_000], pa.large_string())}), i))
    run.add(0, block(pa.table({"uid": pa.array([*keys[:3], "new"], pa.large_string())}), len(keys)))
    with run.finish() as findings:
        (item,) = findings.items
        assert (item.checked, item.failed, item.row, item.example) == (400_004, 3, 400_001, keys[0])
        assert [(o.row, o.value) for o in findings.offences()] == [(400_001 + i, keys[i]) for i in range(3)]


def test_no_room_at_all_is_said_in_a_sentence(tmp_path: Path) -> None:
    entry = FileMapping(
        "p.csv", node="Person", id="uid", decimal=".", rules=rules_of([RULES[0] | {"column": "uid"}], "", schema=MARKET)
    )
    run = RuleRun([Source(Path("p.csv"), "p.csv", entry)], MARKET, as_of=0, memory=1 << 20, folder=tmp_path)
    keys = pa.array([f"{'k' * 5000}{i}" for i in range(2000)], pa.large_string())
    with pytest.raises(StoreError, match="no room") as raised:
        run.add(0, block(pa.table({"uid": keys}), 0))
    assert "TMPDIR" in raised.value.hint
    run.close()
    assert list(tmp_path.iterdir()) == []


def test_rules_that_have_nothing_to_remember_open_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("a database was opened")

    monkeypatch.setattr("duckdb.connect", refuse)
    rules = rules_of([{"check": "not_null", "column": "uid"}, {"check": "volume", "at_least": 1}], "", schema=MARKET)
    for given_rules in (rules, ()):
        entry = FileMapping("p.csv", node="Person", id="uid", decimal=".", rules=given_rules)
        run = RuleRun([Source(Path("p.csv"), "p.csv", entry)], MARKET, as_of=0)
        run.add(0, block(pa.table({"uid": pa.array(["u"], pa.large_string())}), 0))
        with run.finish() as findings:
            assert [f.failed for f in findings.items] == [0] * len(given_rules)
            assert list(findings.offences()) == []
        assert run.idle is not bool(given_rules)


def test_files_may_be_read_in_one_thread_and_judged_in_another() -> None:
    records: list[Record] = [("u1", "a", "1", "3"), ("u1", "a", "9", "2"), ("u2", "", "", "1")]
    with ThreadPoolExecutor(1) as pool:
        findings = pool.submit(check_cells, records, ["u1"], [1]).result()
    with findings:
        wanted = {name: rows for name, rows in expected(records, ["u1"]).items() if rows}
        assert {f.rule: [o.row for o in findings.offences(f.rule)] for f in findings.broken} == wanted
