"""Files read, typed and judged without a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import DataError
from graph.ingest.batches import ConvertedBlock
from graph.ingest.check_files import inspect_files
from graph.ingest.convert_file import check_files_fit
from graph.ingest.mapping.file_mapping import FileMapping
from graph.ingest.rules.declare import rules_of
from graph.ingest.rules.run import RuleRun
from graph.ingest.sources import find_sources
from graph.schema import MARKET, EdgeKey

NOW = 1_800_000_000
USERS = "uid,city\nu1,上海 \nu2,NULL\n,广州\n"
ORDERS = "user;item;ts;amount\nu1;p1;2026-03-01;1,5\nu9;p1;2026-03-02;2,5\nu2;p1;soon;3,5\n"


def entries(*rules: dict[str, str]) -> tuple[FileMapping, ...]:
    made = rules_of(rules, "", schema=MARKET)
    users = FileMapping("users.csv", node="Person", id="uid", columns={"city": "city"}, rules=made)
    key = EdgeKey("Person", "BOUGHT", "Product")
    ends = {"source": "user", "target": "item", "create": ("target",)}
    return users, FileMapping("orders.csv", edge=key, time="ts", weight="amount", time_zone="UTC", **ends)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "users.csv").write_text(USERS, "utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    return tmp_path


def test_counts_rejects_and_changes_of_every_file(folder: Path) -> None:
    converted_blocks: list[ConvertedBlock] = []
    steps: list[tuple[str, int]] = []
    sources = find_sources(folder, entries())
    users, orders = inspect_files(
        check_files_fit(sources),
        MARKET,
        as_of=NOW,
        on_block=converted_blocks.append,
        on_step=lambda name, count: steps.append((name, count)),
    )
    assert (users.read, users.created, users.quarantined, users.unknown_ends) == (3, 2, 1, 0)
    assert dict(users.changes) == {("city", "trimmed"): 1, ("city", "null_word"): 1}
    # The decimal comma of the file was found out.
    assert (orders.read, orders.created, orders.quarantined, orders.unknown_ends) == (3, 2, 1, 1)
    assert users.balanced
    assert orders.balanced
    assert [(r.file, r.row, r.reason) for i in converted_blocks for r in i.rejects] == [
        ("users.csv", 3, "missing_value"),
        ("orders.csv", 3, "not_a_time"),
    ]
    assert steps[-1] == ("orders.csv", 3)


def test_rules_look_on_and_change_nothing(folder: Path) -> None:
    plain = find_sources(folder, entries())
    ruled = find_sources(folder, entries({"check": "not_null", "column": "city", "severity": "stop"}))
    run = RuleRun(ruled, MARKET, as_of=NOW)
    assert inspect_files(check_files_fit(ruled), MARKET, as_of=NOW, rules=run) == inspect_files(
        check_files_fit(plain), MARKET, as_of=NOW
    )
    with run.finish() as findings:
        assert [(o.file, o.row, o.value) for o in findings.offences()] == [("users.csv", 2, "NULL")]
        assert [f.rule for f in findings.stopping] == ["not_null city"]


def test_every_header_is_looked_at_before_any_record(folder: Path) -> None:
    steps: list[str] = []
    (folder / "orders.csv").write_text("user;item;ts\n", "utf-8")
    sources = find_sources(folder, entries())
    with pytest.raises(DataError, match="'amount'"):
        inspect_files(check_files_fit(sources), MARKET, as_of=NOW, on_step=lambda name, _: steps.append(name))
    assert steps == []


def test_a_column_that_only_a_rule_names_must_be_there(folder: Path) -> None:
    sources = find_sources(folder, entries({"check": "unique", "column": "phone"}))
    with pytest.raises(DataError, match="the rule 'unique phone' looks at column 'phone'"):
        inspect_files(check_files_fit(sources), MARKET, as_of=NOW)
