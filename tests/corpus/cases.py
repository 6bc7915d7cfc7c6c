"""Small markets with planted faults: the files of a case, and what each of their records must become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from graph.worlds.stages.draws import stream
from tests.corpus.all_faults import FAULTS
from tests.corpus.fault import (
    REFUSED,
    AsWritten,
    Cell,
    Fault,
    Format,
    Table,
    Texts,
    Truth,
    Value,
    fill,
)
from tests.corpus.file_bytes import Dialect, Entry, record_text, render
from tests.corpus.market import (
    COLUMNS,
    NEEDS,
    SCHEMA_TOML,
    SUFFIX,
    Market,
    make_market,
    mapping_toml,
    products_csv,
    value_of,
)

_GAP = 4
"""Rows of a mixed file per fault: those behind a fault are clean, so that none can lean on the next one."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A record of the file that was hit, in the order of the file; ``row`` is 0 for a line that is no record.

    Attributes:
        row: 1-based number as the reader must count it.
        fault, column, truth: What hit it, where, and what it must become; clean rows have no fault.
        typed: What the store must hold where it is loaded.
        raw: The record as it stands in a text file, without its line end; empty for Parquet.
        cells: Its cells, one after the other, as a quarantine may quote it.
    """

    row: int
    fault: str
    column: str
    truth: Truth
    typed: Mapping[str, Value]
    raw: str
    cells: str


@dataclass(frozen=True, slots=True)
class Case:
    """A market in files.

    Attributes:
        name: Class and format.
        fmt: Format of the file that was hit.
        table: The table that was hit.
        path: Its file name.
        files: Bytes by file name, mapping.toml and schema.toml included.
        records: All records of that file, clean ones too.
        refused: Whether the file as a whole must be refused.
        clean: What the other tables hold, by table.
    """

    name: str
    fmt: Format
    table: Table
    path: str
    files: Mapping[str, bytes]
    records: tuple[Planted, ...]
    refused: bool
    clean: Mapping[Table, Sequence[Mapping[str, Value]]]

    @property
    def count(self) -> int:
        """Records that the reader must count in the file that was hit."""
        return sum(record.row > 0 for record in self.records)

    def write(self, folder: Path) -> None:
        """Put the files into an existing folder."""
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


def single(fault: Fault, fmt: Format, *, rows: int = 300, places: int = 5, seed: int) -> Case:
    """A market whose file of ``fault.table`` has that fault at several places, or as a whole."""
    market = make_market(rows=rows, seed=seed)
    base = market.rows[fault.table]
    rng = stream(seed, f"places {fault.name} {fmt}")
    hit: dict[int, tuple[Fault, int]] = {}
    if fmt in fault.formats and (fault.cells or fault.row or fault.line):
        if fault.where == "last":
            hit = {len(base) - 1: (fault, 0)}
        else:
            chosen = np.sort(rng.choice(len(base) // _GAP, max(places, len(fault.cells)), replace=False)) * _GAP
            hit = {int(at): (fault, i) for i, at in enumerate(chosen)}
    return _case(f"{fault.name} {fmt}", fault, hit, market, fmt=fmt)


def mixed(fmt: Format, table: Table, *, rows: int, share: float, seed: int) -> Case:
    """A market whose file of ``table`` has all classes mixed, on a share of its rows of at most a quarter."""
    market = make_market(rows=rows, seed=seed)
    faults = [f for f in FAULTS if f.table == table and f.mixable and fmt in f.formats and _plants(f)]
    light = [fault for fault in faults if not fault.heavy]
    rng = stream(seed, f"mixed {fmt} {table}")
    blocks = len(market.rows[table]) // _GAP
    count = min(blocks, round(share * len(market.rows[table])))
    places = np.sort(rng.choice(blocks, count, replace=False)) * _GAP
    which = rng.integers(0, len(light), count)
    variant = rng.integers(0, 1 << 16, count)
    hit = {int(at): (light[w], int(v)) for at, w, v in zip(places, which, variant, strict=True)}
    for fault, at in zip((f for f in faults if f.heavy), places[rng.permutation(count)], strict=False):
        hit[int(at)] = (fault, 0)
    return _case(f"mixed {table} {fmt}", None, hit, market, fmt=fmt, table=table)


def _plants(fault: Fault) -> bool:
    return bool(fault.cells or fault.row or fault.line)


def _case(
    name: str,
    fault: Fault | None,
    hit: Mapping[int, tuple[Fault, int]],
    market: Market,
    *,
    fmt: Format,
    table: Table = "orders",
) -> Case:
    table = fault.table if fault else table
    active = fault is not None and fmt in fault.formats
    dialect = _dialect(fault if active else None, table, fmt)
    entries = list(_entries(market.rows[table], hit, dialect, fault if active else None))
    data = render(entries, dialect)
    if fault is not None and active and fault.data is not None:
        data = fault.data(data)
    path = table + SUFFIX[fmt]
    for magic, suffix in ((b"\x1f\x8b", ".gz"), (b"\x28\xb5\x2f\xfd", ".zst")):
        if data.startswith(magic) and not path.endswith(suffix):
            path += suffix
    settings = fault.settings if fault is not None else {}
    names = {**{other: f"{other}.csv" for other in NEEDS[table]}, table: path}
    files = {path: data, "schema.toml": SCHEMA_TOML.encode()}
    files["mapping.toml"] = mapping_toml(names, table=table, settings=settings).encode()
    clean: dict[Table, Sequence[Mapping[str, Value]]] = {}
    if "products" in names:
        files["products.csv"] = products_csv()
    if "users" in NEEDS[table]:
        files["users.csv"], clean["users"] = _clean_users(market)
    refused = active and fault is not None and fault.truth_in(fmt) == REFUSED
    records = tuple(_numbered(entries, dialect))
    return Case(name, fmt, table, path, MappingProxyType(files), records, refused, MappingProxyType(clean))


@lru_cache(maxsize=8)
def _clean_users(market: Market) -> tuple[bytes, tuple[Mapping[str, Value], ...]]:
    """The file of users and what a store holds of it."""
    entries = [Entry(row, _typed("users", row)) for row in market.rows["users"]]
    return render(entries, Dialect("users", "csv", ",", "utf-8")), tuple(entry.typed for entry in entries)


def _dialect(fault: Fault | None, table: Table, fmt: Format) -> Dialect:
    separator = "\t" if fmt == "tsv" else ","
    codec = "gb18030" if fmt == "gb18030.csv.gz" else "utf-8"
    if fault is None:
        return Dialect(table, fmt, separator, codec)
    return Dialect(
        table,
        fmt,
        fault.separator or separator,
        fault.codec or codec,
        end=fault.end,
        quote_all=fault.quote_all,
        open_end=fault.where == "last",
        texts_only=frozenset({fault.column, *fault.also}) if fault.every else frozenset(),
    )


def _entries(
    rows: Sequence[Texts], hit: Mapping[int, tuple[Fault, int]], dialect: Dialect, whole: Fault | None
) -> Iterator[Entry]:
    for number, row in enumerate(rows):
        typed = _typed(dialect.table, row)
        texts = row
        if whole is not None and whole.every is not None:
            texts = {**row, **{name: whole.every(row[name] or "") for name in (whole.column, *whole.also)}}
        if number not in hit:
            yield Entry(texts, typed)
            continue
        fault, variant = hit[number]
        if fault.after:
            yield Entry(texts, typed)
        yield _faulty(fault, variant, texts, typed, dialect)


def _faulty(fault: Fault, variant: int, row: Texts, typed: Mapping[str, Value], dialect: Dialect) -> Entry:
    """The record that the fault plants, whether it replaces the row or follows it."""
    truth = fault.truth_in(dialect.fmt)
    if fault.row is not None:
        texts = fault.row(row)
        column = "" if fault.truth.outcome != "rejected" else fault.column
        return Entry(texts, _typed(dialect.table, texts), fault.name, column, truth)
    by_line = fault.line is not None and (not fault.cells or dialect.fmt == "jsonl")
    if by_line:
        return Entry(row, typed, fault.name, "", truth, by_line=fault, counts=fault.counts)
    cell = fault.cells[variant % len(fault.cells)]
    old = row[fault.column] or ""
    text = fill(cell.text, old)
    kind = COLUMNS[dialect.table][fault.column]
    value: Value
    if isinstance(cell.value, AsWritten):
        value = text if kind == "text" else typed[fault.column]
    else:
        value = fill(cell.value, old) if isinstance(cell.value, str) else cell.value
    if cell.json and "{#}" in cell.json:
        cell = Cell(cell.text, cell.value, fill(cell.json, old))
    texts = {**row, fault.column: text}
    after = {**typed, fault.column: value}
    cells = MappingProxyType({fault.column: cell})
    bare = dialect.fmt in fault.bare
    return Entry(texts, after, fault.name, fault.column, truth, cells, bare=bare)


def _typed(table: Table, row: Texts) -> dict[str, Value]:
    return {name: value_of(kind, row[name]) for name, kind in COLUMNS[table].items()}


def _numbered(entries: Sequence[Entry], dialect: Dialect) -> Iterator[Planted]:
    row = 0
    header = dialect.separator.join(COLUMNS[dialect.table])
    for entry in entries:
        row += entry.counts
        number = row if entry.counts else 0
        text = "" if dialect.fmt == "parquet" else record_text(entry, dialect, header)
        cells = " ".join(cell or "" for cell in entry.texts.values())
        yield Planted(number, entry.fault, entry.column, entry.truth, entry.typed, text, cells)
