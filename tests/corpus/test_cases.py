from __future__ import annotations

import csv
import functools
import gzip
import io
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from graph.ingest.rejects.reject import HINTS
from tests.corpus.all_faults import BY_NAME, FAULTS
from tests.corpus.cases import Case, mixed, single
from tests.corpus.fault import FORMATS, LOADED, Fault, Format, Table, Truth
from tests.corpus.market import COLUMNS
from tests.corpus.outcomes import Observed, Refused, misses_of

CHANGES = {"trimmed", "null_word", "normalised", "separators", "currency"}
# Those that the csv module of Python reads as they are meant.
PLAIN = [
    fault
    for fault in FAULTS
    if "csv" in fault.formats
    and fault.truth.outcome in ("loaded", "changed")
    and not (fault.bare or fault.data or fault.line or fault.heavy)
]


def truths(fault: Fault) -> list[Truth]:
    return [fault.truth_in(fmt) for fmt in FORMATS]


@functools.cache
def untouched(table: Table, fmt: Format) -> Case:
    return single(Fault("plain", "", "file", LOADED, table=table), fmt, rows=60, seed=3)


def content(case: Case) -> bytes:
    data = case.files[case.path]
    return gzip.decompress(data) if case.path.endswith(".gz") else data


def clean(case: Case) -> Observed:
    """A load that did everything right."""
    records = [record for record in case.records if record.row]
    refused = [
        Refused(r.row, min(r.truth.details), r.column, "", r.raw or r.cells)
        for r in records
        if r.truth.outcome == "rejected"
    ]
    kept = [record.typed for record in records if record.truth.outcome in ("loaded", "changed")]
    changes = {(r.column, min(r.truth.details)): len(records) for r in records if r.truth.outcome == "changed"}
    repeated = sum(record.truth.outcome == "duplicate" for record in records)
    return Observed(
        "",
        read=len(records),
        created=len(kept),
        repeated=repeated,
        quarantined=len(refused),
        changes=changes,
        rejects=refused,
        content={**case.clean, case.table: kept},
    )


def test_there_are_many_classes_with_names_of_their_own() -> None:
    assert len(FAULTS) == len(BY_NAME) >= 60


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_truth_speaks_the_words_of_the_contract(fault: Fault) -> None:
    for truth in truths(fault):
        known = {"rejected": set(HINTS), "changed": CHANGES}.get(truth.outcome, set())
        assert truth.details <= known
        assert bool(truth.details) == (truth.outcome in ("rejected", "changed"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_class_changes_the_file_in_its_formats_only(fault: Fault) -> None:
    for fmt in FORMATS:
        case, without = single(fault, fmt, rows=60, seed=3), untouched(fault.table, fmt)
        same = case.files[case.path] == without.files.get(case.path)
        assert same == (fmt not in fault.formats or changes_settings_only(fault))
        assert fmt in fault.formats or not any(record.fault for record in case.records)


def changes_settings_only(fault: Fault) -> bool:
    return bool(fault.settings) and not (fault.cells or fault.every or fault.line)


@pytest.mark.parametrize("fault", PLAIN, ids=lambda fault: fault.name)
def test_what_must_load_reads_back_with_another_reader(fault: Fault) -> None:
    case = single(fault, "csv", rows=80, seed=5)
    text = content(case).decode(fault.codec or "utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=fault.separator or ",")
    assert header == list(COLUMNS[case.table])
    assert [" ".join(row) for row in rows] == [record.cells for record in case.records]


def test_a_json_line_holds_the_typed_values() -> None:
    case = single(BY_NAME["quoted_newline"], "jsonl", rows=80, seed=5)
    rows = [json.loads(line) for line in content(case).decode().split("\n") if line]
    for row, record in zip(rows, case.records, strict=True):
        assert (row["note"], row["pieces"], row["score"], row["gift"]) == tuple(
            record.typed[name] for name in ("note", "pieces", "score", "gift")
        )


def test_a_parquet_column_is_typed_where_no_cell_forbids_it() -> None:
    typed = pq.read_table(io.BytesIO(content(single(BY_NAME["infinite"], "parquet", rows=80, seed=5))))
    text = pq.read_table(io.BytesIO(content(single(BY_NAME["percent"], "parquet", rows=80, seed=5))))
    assert str(typed.schema.field("score").type) == "double"
    assert str(text.schema.field("score").type) == "string"
    assert str(text.schema.field("pieces").type) == "int64"


def test_records_are_counted_and_lines_that_are_none_are_not() -> None:
    case = single(BY_NAME["blank_line"], "csv", rows=80, places=5, seed=1)
    assert case.count == 80
    assert [record.row for record in case.records if record.fault] == [0] * 5
    assert content(case).count(b"\n\n") == 5


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_mixed_file_is_the_same_for_the_same_seed(fmt: Format) -> None:
    first, second = (mixed(fmt, "orders", rows=400, share=0.2, seed=4) for _ in range(2))
    assert first == second
    assert mixed(fmt, "orders", rows=400, share=0.2, seed=5).files != first.files


def test_records_behind_a_fault_of_a_mixed_file_are_clean() -> None:
    case = mixed("csv", "orders", rows=2000, share=0.25, seed=4)
    hit = [bool(record.fault) for record in case.records]
    assert sum(hit) == 500
    assert not any(hit[i] and any(hit[i + 1 : i + 3]) for i in range(len(hit)))


@pytest.mark.parametrize("name", ["emoji", "stray_quote_start", "thousands_money", "exact_duplicate", "nul_run"])
def test_a_load_that_did_everything_right_has_no_miss(name: str) -> None:
    case = single(BY_NAME[name], "csv", rows=80, seed=2)
    assert misses_of(case, clean(case)) == []


def test_a_record_in_no_place_is_lost() -> None:
    case = single(BY_NAME["emoji"], "csv", rows=80, seed=2)
    seen = clean(case)
    assert seen.content is not None
    rows = list(seen.content["orders"])
    (miss,) = misses_of(case, replace(seen, content={**seen.content, "orders": rows[1:]}))
    assert (miss.row, miss.lost) == (1, True)


def test_a_changed_value_is_a_miss_but_not_a_loss() -> None:
    case = single(BY_NAME["emoji"], "csv", rows=80, seed=2)
    seen = clean(case)
    assert seen.content is not None
    first, *rest = seen.content["orders"]
    (miss,) = misses_of(case, replace(seen, content={**seen.content, "orders": [{**first, "pieces": 99}, *rest]}))
    assert (miss.row, miss.lost) == (1, False)
    assert "pieces 99" in miss.what


def test_a_wrong_reason_a_missing_reject_and_a_refused_clean_record_are_misses() -> None:
    case = single(BY_NAME["percent"], "csv", rows=80, seed=2)
    seen = clean(case)
    first, second, *rest = seen.rejects
    row = next(record.row for record in case.records if not record.fault)
    wrong = [replace(first, reason="not_a_time"), replace(second, row=row), *rest]
    whats = [miss.what for miss in misses_of(case, replace(seen, rejects=wrong))]
    assert any("not_a_time, not not_a_decimal" in what for what in whats)
    assert any("not refused" in what for what in whats)
    assert any("refused as not_a_decimal" in what for what in whats)


def test_a_count_that_is_off_is_a_loss() -> None:
    case = single(BY_NAME["percent"], "csv", rows=80, seed=2)
    seen = clean(case)
    assert [miss.lost for miss in misses_of(case, replace(seen, balanced=False))] == [True]
    assert [miss.lost for miss in misses_of(case, replace(seen, read=seen.read - 1))] == [True]


def test_a_change_that_is_not_listed_is_a_miss() -> None:
    case = single(BY_NAME["thousands_money"], "csv", rows=80, seed=2)
    (miss,) = misses_of(case, replace(clean(case), changes={}))
    assert miss.what == "0 cells of amount listed as separators, not 5"


def test_a_file_is_refused_as_a_whole_or_it_is_a_miss() -> None:
    case = single(BY_NAME["picture"], "csv", rows=80, seed=2)
    assert misses_of(case, Observed("no table")) == []
    assert [miss.what for miss in misses_of(case, clean(case))] == ["the file was not refused"]
    assert misses_of(case, Observed("ValueError: oops", crashed=True)) != []
    half = Observed("no table", content={"users": [{"user_id": "U0001"}]})
    assert [miss.what for miss in misses_of(case, half)] == ["the file was refused but something was committed"]
