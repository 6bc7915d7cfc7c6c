from __future__ import annotations

import dataclasses
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ConfigError, DataError
from graph.ingest.batches import BatchMaker, ConvertedBlock
from graph.ingest.csv.records import RecordBlock
from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.ingest.rejects.reject import HINTS
from graph.ingest.values.changes import Change
from graph.number_limits import Limits
from graph.schema import MARKET, Column, EdgeKey, EdgeType, Schema
from graph.schema.roles import meaning_of
from graph.schema.types import NodeType

AS_OF = 1_800_000_000
SHOP = NodeType(
    "Shop",
    MappingProxyType(
        {
            "rent": Column("money", currency="CNY", limits=Limits(0)),
            "size": Column("text", values=("S", "M", "L")),
            "tags": Column("list"),
            "staff": Column("integer", limits=Limits(0, 5000)),
            "open": Column("boolean"),
        }
    ),
)
SPENT = EdgeKey("Person", "SPENT", "Shop")
PAID = meaning_of("acquire", "SPENT", measure="money", currency="CNY")
KINDS_OF_VISIT = MappingProxyType({"kind": Column("text")})
SCHEMA = Schema(
    MappingProxyType({**MARKET.nodes, "Shop": SHOP}),
    MappingProxyType(
        {
            **MARKET.edges,
            SPENT: EdgeType(SPENT, PAID, "amount", KINDS_OF_VISIT, ("app", "store"), limits=Limits(-100)),
        }
    ),
)
SHOPS = FileMapping("shops.csv", node="Shop", id="id", columns={c: c for c in SHOP.columns}, time_zone="Asia/Shanghai")
VISITS = FileMapping(
    "visits.csv", edge=SPENT, source="user", target="shop", time="at", weight="paid", columns={"kind": "how"},
    time_zone="Asia/Shanghai",
)  # fmt: skip


def block(columns: dict[str, list[str]], rows: list[int] | None = None) -> RecordBlock:
    n = len(next(iter(columns.values())))
    table = pa.table({name: pa.array(cells, pa.large_string()) for name, cells in columns.items()})
    return RecordBlock(table, np.asarray(rows or range(1, n + 1), np.int64), (), n)


def maker(mapping: FileMapping, **options: str) -> BatchMaker:
    return BatchMaker(Source(Path(mapping.path), mapping.path, mapping), SCHEMA, as_of=AS_OF, **options)  # type: ignore[arg-type]


def shops(**changed: str) -> ConvertedBlock:
    """One good shop, then one with these cells."""
    good = {"id": "s1", "rent": "12.50", "size": "S", "tags": "a|b", "staff": "3", "open": "yes"}
    return maker(SHOPS).make(block({name: [cell, changed.get(name, cell)] for name, cell in good.items()}))


def visits(**changed: str) -> ConvertedBlock:
    good = {"user": "u1", "shop": "s1", "at": "2026-03-01 12:30:00", "paid": "9.90", "how": "app"}
    return maker(VISITS).make(block({name: [cell, changed.get(name, cell)] for name, cell in good.items()}))


def test_typed_nodes() -> None:
    table = shops().batches[0].table
    assert table.slice(0, 1).to_pylist() == [
        {"row": 1, "id": "s1", "rent": Decimal("12.50"), "size": "S", "tags": '["a","b"]', "staff": 3, "open": True}
    ]
    assert table["rent"].type == pa.decimal128(18, 2)


def test_typed_edges() -> None:
    (batch,) = visits().batches
    row = batch.table.to_pylist()[0]
    assert row.pop("event_high") != row.pop("event_low")
    assert row == {"row": 1, "src": "u1", "dst": "s1", "time": 1772339400, "weight": 9.9, "kind": "app"}


@pytest.mark.parametrize(
    ("column", "value", "reason", "suggestion"),
    [
        ("id", "", "missing_value", ""),
        ("id", "NULL", "missing_value", "'NULL' means an empty cell here"),
        ("id", "1.38E+10", "bad_id", "characters are lost; correct it at its source"),
        ("id", "a\x07b", "bad_id", "control characters"),
        ("id", "x" * 513, "bad_id", "longer than 512 bytes"),
        ("id", "寮犱笁", "mojibake", "did you mean '张三'?"),
        ("id", "用\ufffd", "mojibake", "characters were lost"),
        ("rent", "$12", "other_currency", "this is an amount in USD, the mapping declares CNY"),
        ("rent", "12.345", "too_precise", "CNY has 2 decimals: write 12.35"),
        ("rent", "1.234,50", "not_a_decimal", 'set decimal = ","'),
        ("rent", "约3万", "not_a_decimal", "says only roughly how much: write one number, such as 30000"),
        ("rent", "￥1.5万起", "not_a_decimal", "such as 15000"),
        ("rent", "1-2万", "not_a_decimal", "write one number, or list it under missing"),
        ("staff", "10万+", "not_an_integer", "such as 100000"),
        ("staff", "3.5m", "not_an_integer", "may mean millions: write it out"),
        ("staff", "1.23e+17", "not_an_integer", "a spreadsheet has shortened this number"),
        ("rent", "(12.50)", "not_a_decimal", "write a negative amount with a minus sign: -12.50"),
        ("size", "m ", "unknown_value", "did you mean 'M'?"),
        ("size", "huge", "unknown_value", "S, M, L"),
        ("tags", '["a"', "not_a_list", "JSON array"),
        ("staff", "3.5", "not_an_integer", 'the type "decimal"'),
        ("staff", "12%", "not_an_integer", "a share is written as a number: 0.12"),
        ("staff", "5001", "out_of_range", "accepted numbers: from 0 to 5000"),
        ("staff", "-1", "out_of_range", "from 0 to 5000"),
        ("rent", "-0.01", "out_of_range", "limits of the column in schema.toml; accepted numbers: at least 0"),
        ("rent", "-1.5万", "out_of_range", "at least 0"),
        ("open", "perhaps", "not_a_boolean", "true or false"),
    ],
)
def test_refused_cells_of_nodes(column: str, value: str, reason: str, suggestion: str) -> None:
    converted = shops(**{column: value})
    (found,) = converted.rejects
    assert (found.row, found.column, found.reason) == (2, column, reason)
    assert found.value == value[:200]
    assert suggestion in found.hint
    assert found.hint == found.as_dict()["hint"]
    assert len(converted.batches[0].table) == 1


@pytest.mark.parametrize(
    ("column", "value", "reason", "suggestion"),
    [
        ("user", " ", "missing_value", "the cell is empty"),
        ("shop", "1E+5", "bad_id", "spreadsheet"),
        ("at", "03/04/2026", "not_a_time", 'set date_order = "dmy" or "mdy"'),
        ("at", "13/04/2026", "not_a_time", 'set date_order = "dmy" in'),
        ("at", "1772339405999", "not_a_time", 'set time_unit = "ms"'),
        ("at", "1772339405", "not_a_time", 'set time_unit = "s"'),
        ("at", "0000-00-00", "not_a_time", "zero date"),
        ("at", "2026-02-30", "not_a_time", "there is no such day"),
        ("at", "1800-01-01", "not_a_time", "years from 1900"),
        ("at", "2199-01-01", "future_time", "--as-of"),
        ("at", "1970-01-01 08:00:00", "early_time", "says that nobody knows"),
        ("at", "1979-12-31", "early_time", "before 1980"),
        ("paid", "€9", "other_currency", "EUR"),
        ("paid", "9.999", "too_precise", "10.00"),
        ("paid", "-100.01", "out_of_range", "at least -100"),
        ("paid", "9,5", "not_a_decimal", 'set decimal = ","'),
        ("how", "apps", "unknown_kind", "did you mean 'app'?"),
        ("how", "", "missing_value", "empty"),
    ],
)
def test_refused_cells_of_edges(column: str, value: str, reason: str, suggestion: str) -> None:
    converted = visits(**{column: value})
    (found,) = converted.rejects
    assert (found.row, found.column, found.reason, found.value) == (2, column, reason, value)
    assert suggestion in found.hint
    assert found.raw.split(",")[0] in ("u1", " ")


def test_epochs_in_another_unit() -> None:
    mapping = dataclasses.replace(VISITS, time_unit="ms", weight="", columns={})
    converted = maker(mapping).make(
        block({"user": ["a"] * 3, "shop": ["b"] * 3, "at": ["1772339405", "1772339405000", "0"]})
    )
    assert [(r.row, r.reason) for r in converted.rejects] == [(1, "early_time"), (3, "early_time")]
    assert 'set time_unit = "s" in the mapping' in converted.rejects[0].hint


def test_rows_that_are_no_records() -> None:
    columns = {"user": ["u1", "合计", " ", "total", ""], "shop": ["s1", "", "\u3000", "s1", "s1"]}
    columns |= {"at": ["2026-03-01"] * 2 + ["", "2026-03-01", ""], "paid": ["1", "1", "", "2", "2"]}
    columns |= {"how": ["app", "", "\u00a0", "app", "app"]}
    converted = maker(VISITS).make(block(columns))
    assert [(r.row, r.reason) for r in converted.rejects] == [(2, "total_row"), (3, "empty_row"), (5, "missing_value")]
    assert converted.batches[0].table["src"].to_pylist() == ["u1", "total"]


def test_an_epoch_column_with_dates_says_so() -> None:
    mapping = dataclasses.replace(VISITS, time_unit="s", weight="", columns={})
    converted = maker(mapping).make(block({"user": ["a", "a"], "shop": ["b", "b"], "at": ["1772339405", "2026-03-01"]}))
    assert 'set time_unit = "text"' in converted.rejects[0].hint


def test_a_record_with_two_faults_is_refused_once_for_the_first() -> None:
    (found,) = visits(user="", paid="x", how="z").rejects
    assert (found.column, found.reason) == ("user", "missing_value")


def test_every_reason_has_a_hint() -> None:
    reasons = "stray_quote column_count nul_byte encoding cell_too_large not_an_object duplicate_key repeated_header"
    reasons += " stray_cr missing_value not_an_integer not_a_decimal not_a_boolean not_a_time future_time unknown_kind"
    reasons += " unknown_relation unknown_value not_a_list other_currency too_precise mojibake bad_id unknown_source"
    reasons += " unknown_target event_conflict"
    assert set(HINTS) >= set(reasons.split())


def test_changes_are_counted_and_listed_by_row() -> None:
    columns = {
        "id": ["s1", " s2", "\ufeffs3", "s4 "],
        "rent": ["¥1,200", "NULL", "3元", "x"],
        "size": ["S", "S", "S", "S"],
        "tags": ["", "", "", ""],
        "staff": ["1", "２", "1,000", "1"],
        "open": ["1", "1", "１", "1"],
    }
    converted = maker(SHOPS).make(block(columns, [11, 12, 15, 19]))
    assert dict(converted.changes) == {
        ("id", "trimmed"): 1,
        ("id", "normalised"): 1,
        ("rent", "currency"): 2,
        ("rent", "separators"): 1,
        ("rent", "null_word"): 1,
        ("staff", "normalised"): 1,
        ("staff", "separators"): 1,
        ("open", "normalised"): 1,
    }
    listed = list(converted.list_changes())
    assert listed[:3] == [
        Change("shops.csv", 11, "rent", "currency", "¥1,200", "1200"),
        Change("shops.csv", 11, "rent", "separators", "¥1,200", "1200"),
        Change("shops.csv", 12, "id", "trimmed", " s2", "s2"),
    ]
    # The fourth record is refused, so nothing of it was changed.
    assert {change.row for change in listed} == {11, 12, 15}
    assert len(listed) == sum(converted.changes.values())


def test_records_that_are_not_contiguous_are_quoted_by_their_number() -> None:
    cells = {"user": ["a", "b"], "shop": ["s", "s,1"], "at": ["2026-03-01"] * 2, "paid": ["1"] * 2, "how": ["app"] * 2}
    converted = maker(VISITS).make(block(cells, [7, 1000]))
    assert converted.quote([1000]) == ['b,"s,1",2026-03-01,1,app']
    assert converted.batches[0].table["row"].to_pylist() == [7, 1000]


def test_an_id_of_a_batch_depends_on_content_mapping_and_verdict() -> None:
    converted_blocks = (shops(), shops(), shops(staff="4"), shops(staff="x"))
    same = [converted.batches[0].id for converted in converted_blocks]
    assert len(set(same)) == 3
    assert same[0] == same[1]
    # Cells that moved by one place are other content.
    first = block({"user": ["ab", "c"], "shop": ["x", "y"]})
    second = block({"user": ["a", "bc"], "shop": ["x", "y"]})
    bare = dataclasses.replace(VISITS, time="", weight="", columns={})
    assert maker(bare).make(first).batches[0].id != maker(bare).make(second).batches[0].id


def _changed(schema: Schema, **columns: Column) -> Schema:
    shop = dataclasses.replace(schema.nodes["Shop"], columns={**SHOP.columns, **columns})
    return Schema({**schema.nodes, "Shop": shop}, schema.edges)


def test_an_id_of_a_batch_depends_on_what_the_schema_says_of_its_columns() -> None:
    def id_of(mapping: FileMapping, cells: dict[str, list[str]], schema: Schema) -> str:
        source = Source(Path(mapping.path), mapping.path, mapping)
        return BatchMaker(source, schema, as_of=AS_OF).make(block(cells)).batches[0].id

    shop = {"id": ["s1"], "rent": ["12"], "size": ["S"], "tags": ["a"], "staff": ["3"], "open": ["1"]}
    schemas = [
        _changed(SCHEMA, tags=Column("text")),
        _changed(SCHEMA, staff=Column("decimal")),
        _changed(SCHEMA, size=Column("text", values=("S",))),
        _changed(SCHEMA, rent=Column("decimal")),
        _changed(SCHEMA, rent=Column("decimal", currency="CNY")),
        SCHEMA,
    ]
    assert len({id_of(SHOPS, shop, schema) for schema in schemas}) == len(schemas)
    # What is not read, and what is only told to people, changes no value.
    for schema in (
        _changed(SCHEMA, rent=Column("money", "personal", "per month", currency="CNY", limits=Limits(0))),
        _changed(SCHEMA, floor=Column("integer")),
    ):
        assert id_of(SHOPS, shop, schema) == id_of(SHOPS, shop, SCHEMA)
    visit = {"user": ["u"], "shop": ["s"], "at": ["2026-03-01"], "paid": ["9"], "how": ["app"]}
    edge = SCHEMA.edges[SPENT]
    told = [dataclasses.replace(PAID, currency=""), meaning_of("rate", "SPENT"), meaning_of("rate", "SPENT", high=9.0)]
    edges = [edge, *(dataclasses.replace(edge, meaning=m) for m in told), dataclasses.replace(edge, kinds=("app",))]
    schemas = [Schema(SCHEMA.nodes, {**SCHEMA.edges, SPENT: one}) for one in edges]
    assert len({id_of(VISITS, visit, schema) for schema in schemas}) == 5


@pytest.mark.parametrize(("duplicates", "derived"), [("collapse", False), ("keep", True)])
def test_batches_that_are_done_need_no_event_ids(duplicates: str, derived: bool) -> None:
    mapping = dataclasses.replace(VISITS, duplicates=duplicates)  # type: ignore[arg-type]
    cells = {"user": ["u"], "shop": ["s"], "at": ["2026-03-01"], "paid": ["1"], "how": ["app"]}
    (first,) = maker(mapping).make(block(cells)).batches
    source = Source(Path(mapping.path), mapping.path, mapping)
    (again,) = BatchMaker(source, SCHEMA, as_of=AS_OF, done={first.id}).make(block(cells)).batches
    assert again.id == first.id
    assert ("event_high" in again.table.column_names) == derived


def test_the_decimal_mark_that_was_found_counts_unless_one_is_declared() -> None:
    cells = {"user": ["u"], "shop": ["s"], "at": ["2026-03-01"], "paid": ["1.234,5"], "how": ["app"]}
    assert maker(VISITS, decimal=",").make(block(cells)).batches[0].table["weight"].to_pylist() == [1234.5]
    declared = dataclasses.replace(VISITS, decimal=".")
    assert [r.reason for r in maker(declared, decimal=",").make(block(cells)).rejects] == ["not_a_decimal"]


def test_a_mapping_in_another_currency_than_the_schema_is_refused() -> None:
    for mapping in (SHOPS, VISITS):
        with pytest.raises(ConfigError, match="in CNY, the mapping declares USD") as caught:
            maker(dataclasses.replace(mapping, currency="USD"))
        assert 'currency = "CNY"' in caught.value.hint


def test_constants_are_written_plainly_whatever_the_file_does() -> None:
    columns = {c: c for c in ("size", "tags", "staff", "open")}
    mapping = dataclasses.replace(SHOPS, columns=columns, constants={"rent": "12.5"}, decimal=",")
    cells = block({name: ["s"] for name in ("id", "tags")} | {"size": ["S"], "staff": ["1"], "open": ["1"]})
    assert maker(mapping).make(cells).batches[0].table["rent"].to_pylist() == [Decimal("12.50")]
    with pytest.raises(DataError, match=r"rent = '12[.]555' is too precise"):
        maker(dataclasses.replace(mapping, constants={"rent": "12.555"})).make(cells)


CELL = {
    "user": st.sampled_from(["u1", " u1", "", "NULL", "1E+5", "张三", "寮犱笁"]),
    "shop": st.sampled_from(["s1", "s2　", "\x01"]),
    "at": st.sampled_from(["2026-03-01", "2026-03-01 12:00:00", "2026年3月1日", "31/01/2026", "2190-01-01", ""]),
    "paid": st.sampled_from(["1", "¥1", "1,000.00", "$1", "1.001", "", "x"]),
    "how": st.sampled_from(["app", "store ", "web", ""]),
}


@settings(deadline=None, max_examples=8)
@given(st.lists(st.fixed_dictionaries(CELL), min_size=1, max_size=10), st.integers(1, 10))
def test_the_size_of_blocks_changes_no_record(rows: list[dict[str, str]], size: int) -> None:
    mapping = dataclasses.replace(VISITS, duplicates="keep")

    def run(step: int) -> tuple[list[object], list[object], dict[tuple[str, str], int]]:
        made, good, bad, changes = maker(mapping), [], [], dict[tuple[str, str], int]()
        for at in range(0, len(rows), step):
            part = rows[at : at + step]
            cells = {name: [row[name] for row in part] for name in CELL}
            converted = made.make(block(cells, list(range(at + 1, at + 1 + len(part)))))
            assert converted.read == len(converted.rejects) + sum(len(b.table) for b in converted.batches)
            good += [row for batch in converted.batches for row in batch.table.to_pylist()]
            bad += [(r.row, r.column, r.value, r.reason, r.raw, r.hint) for r in converted.rejects]
            for key, count in converted.changes.items():
                changes[key] = changes.get(key, 0) + count
        return good, bad, changes

    assert run(size) == run(len(rows))


def test_the_marks_of_a_spreadsheet_are_no_part_of_an_id() -> None:
    for cell in ('="00124"', "'00124"):
        converted = shops(id=cell)
        assert converted.batches[0].table["id"].to_pylist()[-1] == "00124"
        assert converted.changes["id", "normalised"] == 1


def test_a_time_without_a_zone_names_its_file() -> None:
    undeclared = replace(VISITS, time_zone="")
    row = {"user": ["u1"], "shop": ["s1"], "at": ["2026-03-01 12:30:00"], "paid": ["9.90"], "how": ["app"]}
    with pytest.raises(ConfigError, match=r"^visits\.csv: column 'at' has times without an offset") as caught:
        maker(undeclared).make(block(row))
    assert "time_zone" in caught.value.hint


def test_ratings_with_a_unit_are_numbers_and_other_weights_with_one_are_not() -> None:
    rated = EdgeKey("Person", "RATED", "Product")
    reviews = FileMapping("reviews.csv", edge=rated, source="user", target="item", weight="stars")
    cells = ["5星", "4.5 分", "１颗星", "3", "", "6星", "五星", "星", "4元"]
    columns = {"user": ["u"] * len(cells), "item": [f"p{i}" for i in range(len(cells))], "stars": cells}
    converted = BatchMaker(Source(Path("reviews.csv"), "reviews.csv", reviews), MARKET, as_of=AS_OF).make(
        block(columns)
    )
    assert converted.batches[0].table["weight"].to_pylist() == [5.0, 4.5, 1.0, 3.0, None]
    refused = [(r.value, r.reason) for r in converted.rejects]
    assert refused[0] == ("6星", "out_of_scale")
    assert refused[1:] == [(cell, "not_a_decimal") for cell in ("五星", "星", "4元")]
    assert dict(converted.changes)[("stars", "unit")] == 3
    bought = replace(reviews, edge=EdgeKey("Person", "BOUGHT", "Product"))
    other = BatchMaker(Source(Path("reviews.csv"), "reviews.csv", bought), MARKET, as_of=AS_OF).make(block(columns))
    assert other.rejects[0].value == "5星"
