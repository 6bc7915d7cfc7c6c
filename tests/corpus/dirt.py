"""Plants faults of real exports into a share of the records of a synthetic world, and writes the expected outcomes.

The file of expected outcomes, ``truth/dirt.parquet``, has a row for each faulty record, and for each clean record that
is refused because of one (events of a user whose own record is refused): ``file``; ``row``, the record number;
``class``; ``expected``, an outcome as in ``tests.corpus.fault``; ``detail``, the reasons or kinds of change, joined by
``|``; ``column``, empty where the fault is in the record as a whole; and ``added``, whether the clean world lacks the
record.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from graph.errors import DataError
from graph.schema import MARKET, Column, EdgeKey, Schema, extend_schema
from graph.worlds.stages.draws import Ints, stream
from tests.corpus.fault import Line, Truth, rejected
from tests.corpus.world_faults import FaultSite, Role, fault_sites

TRUTH = "truth/dirt.parquet"
CONSEQUENCE = "consequence"
_BLOCK = 1 << 24
_GAP = 4
"""Where the share allows it, the three records behind a fault are clean, so that it affects only its own record."""
_FEW = 1000
"""Files of nodes with fewer records get only faults that keep the record, because each node has many events."""
_COLUMNS = ("file", "row", "class", "expected", "detail", "column", "added")


@dataclass(frozen=True)
class _File:
    """One file of the mapping.

    Attributes:
        path: File name.
        names: Its header.
        roles: What each column is.
        ends: For a file of edges the columns of its ends with their node types; for nodes the id column.
        repeats: Whether a repeated record counts as one.
        node: Whether its records are nodes.
    """

    path: str
    names: tuple[str, ...]
    roles: tuple[Role, ...]
    ends: Mapping[str, str]
    repeats: bool
    node: bool


@dataclass
class _Census:
    """Ids by node type: those that some good record has, and those that only refused records have."""

    here: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    gone: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass
class _Truth:
    """The rows of the file of expected outcomes."""

    columns: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _COLUMNS})

    def add(self, file: str, row: int, name: str, truth: Truth, *, column: str, added: bool = False) -> None:
        """One row."""
        values = (file, row, name, truth.outcome, "|".join(sorted(truth.details)), column, added)
        for key, value in zip(_COLUMNS, values, strict=True):
            self.columns[key].append(value)


def plant(directory: Path, *, share: float, seed: int) -> Mapping[str, int]:
    """Plant faults into a share of the records of every file in the world's mapping, and write the expected outcomes.

    Classes are drawn evenly among those that fit the columns of a file. Small files of nodes get only faults that keep
    the record. The files are rewritten one by one, so an interrupted run leaves some files faulty and others clean.

    Args:
        directory: A written world, with its mapping.toml, schema.toml if it has one, and truth folder.
        share: Share of the records of each file, 0 to 0.5.
        seed: The same world, share and seed give the same bytes.

    Returns:
        Class to its number of rows in the file of expected outcomes.

    Raises:
        DataError: a cell of the world is quoted, so that its records cannot be told apart by their lines.
    """
    truth, census = _Truth(), _Census()
    for file in _files(directory):
        _spoil(directory, file, share=share, seed=seed, truth=truth, census=census)
    _write(directory / TRUTH, truth)
    names, counts = np.unique(np.array(truth.columns["class"], dtype=np.str_), return_counts=True)
    return MappingProxyType(dict(zip(names.tolist(), counts.tolist(), strict=True)))


def _files(directory: Path) -> Iterator[_File]:
    schema_file = directory / "schema.toml"
    schema = extend_schema(MARKET, schema_file) if schema_file.exists() else MARKET
    for entry in tomllib.loads((directory / "mapping.toml").read_text("utf-8"))["files"]:
        with (directory / entry["path"]).open("rb") as stream_:
            names = tuple(stream_.readline().decode().rstrip("\r\n").split(","))
        yield _file(entry, names, schema)


def _file(entry: Mapping[str, Any], names: tuple[str, ...], schema: Schema) -> _File:
    roles: dict[str, Role] = {}
    if "node" in entry:
        ends = {entry["id"]: entry["node"]}
        roles[entry["id"]] = "id"
        columns: Mapping[str, Column] = schema.node(entry["node"]).columns
        kinds: tuple[str, ...] = ()
    else:
        key = EdgeKey(*entry["edge"].split("-"))
        edge = schema.edge(key)
        ends = {entry["source"]: key.source, entry["target"]: key.target}
        columns, kinds = edge.columns, edge.kinds
        roles |= {entry["source"]: "source", entry["target"]: "target"}
        if "time" in entry:
            roles[entry["time"]] = "epoch" if entry.get("time_unit", "text") == "s" else "stamp"
        if "weight" in entry:
            roles[entry["weight"]] = "money" if edge.currency else "decimal"
        if "event_id" in entry:
            roles[entry["event_id"]] = "event"
    for ours, theirs in entry.get("columns", {}).items():
        roles[theirs] = _role(ours, columns[ours], kinds)
    listed = tuple(roles.get(name, "other") for name in names)
    repeats = entry.get("duplicates", "collapse") == "collapse"
    return _File(entry["path"], names, listed, ends, repeats, "node" in entry)


def _role(name: str, column: Column, kinds: tuple[str, ...]) -> Role:
    if column.type == "text":
        return "kind" if kinds and name == "kind" else "other" if column.values or name == "tags" else "text"
    if column.type in ("time", "date"):
        return "date"
    if column.type in ("decimal", "money"):
        return "money" if column.type == "money" or column.currency else "decimal"
    return column.type if column.type in ("integer", "boolean") else "other"


def _spoil(directory: Path, file: _File, *, share: float, seed: int, truth: _Truth, census: _Census) -> None:
    """Rewrite one file, note the expected outcomes, and collect the ids of its nodes."""
    path = directory / file.path
    ends = _ends(path, file)
    count = len(next(iter(ends.values())))
    fallen = _fallen(file, ends, census.gone)
    rng = stream(seed, f"dirt {file.path}")
    hit = _places(count, share, fallen, rng)
    rejects = not file.node or count >= _FEW
    sites = fault_sites(file.roles, rejects=rejects, repeats=file.repeats, plain=_is_plain(path))
    plan = _Plan(file, hit, _draw(sites, len(hit), rng), rng.integers(0, 1 << 16, len(hit)), sites)
    planted = _rewrite(path, plan)
    extra = np.cumsum([site.after and site.counts for site, _ in planted], dtype=np.int64)
    before = np.concatenate([[0], extra])
    order = np.concatenate([hit, np.flatnonzero(fallen)])
    for i in np.argsort(order, kind="stable").tolist():
        row = int(order[i]) + 1
        if i >= len(hit):
            row += int(before[np.searchsorted(hit, order[i])])
            names = [
                n for n, t in file.ends.items() if fallen[order[i]] and ends[n][int(order[i])].as_py() in census.gone[t]
            ]
            reasons = ["unknown_source" if n == next(iter(file.ends)) else "unknown_target" for n in names]
            truth.add(file.path, row, CONSEQUENCE, rejected(*reasons), column=names[0])
            continue
        site, column = planted[i]
        number = row + int(before[i]) + site.after if site.counts else 0
        truth.add(file.path, number, site.fault, site.truth, column=column, added=site.after and site.counts)
    if file.node:
        lost = [
            int(hit[i]) for i, (site, _) in enumerate(planted) if site.truth.outcome == "rejected" and not site.after
        ]
        _register(file, ends, lost, census)


def _is_plain(path: Path) -> bool:
    with path.open("rb") as source:
        return all(block.isascii() for block in iter(lambda: source.read(_BLOCK), b""))


def _ends(path: Path, file: _File) -> dict[str, Any]:
    """The cells of the id columns, by name."""
    from pyarrow import csv

    names = list(file.ends)
    texts = dict.fromkeys(names, "string")
    options = csv.ConvertOptions(include_columns=names, column_types=texts, strings_can_be_null=False)
    table = csv.read_csv(path, convert_options=options)
    return {name: table[name] for name in names}


def _fallen(file: _File, ends: Mapping[str, Any], gone: Mapping[str, set[str]]) -> np.ndarray:
    """Which events name a node whose record is refused, bool (rows,)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    fallen = np.zeros(len(next(iter(ends.values()))), np.bool_)
    if not file.node:
        for name, node in file.ends.items():
            if gone[node]:
                fallen |= pc.is_in(ends[name], pa.array(sorted(gone[node]), pa.string())).to_numpy(zero_copy_only=False)
    return fallen


def _places(count: int, share: float, fallen: np.ndarray, rng: np.random.Generator) -> Ints:
    """Positions of the records that get a fault, ascending; records that are refused anyway stay clean."""
    gap = _GAP if share <= 1 / _GAP else 2
    slots = np.arange(0, count, gap, dtype=np.int64)
    slots = slots[~fallen[slots]]
    wanted = min(len(slots), round(share * count))
    return np.sort(rng.choice(slots, wanted, replace=False))


def _draw(sites: Sequence[FaultSite], count: int, rng: np.random.Generator) -> Ints:
    """A site for each record: first a class, then one of its columns, both evenly."""
    names = sorted({site.fault for site in sites})
    by_name = [[i for i, site in enumerate(sites) if site.fault == name] for name in names]
    widest = max(map(len, by_name))
    table = np.array([(choices * widest)[:widest] for choices in by_name], dtype=np.int64)
    drawn: Ints = table[rng.integers(0, len(names), count), rng.integers(0, widest, count)]
    return drawn


@dataclass(frozen=True)
class _Plan:
    """What happens to which records of a file: ``hit`` int64 (h,), and for each a site and a variant number."""

    file: _File
    hit: Ints
    drawn: Ints
    variants: Ints
    sites: tuple[FaultSite, ...]

    def record(self, i: int, line: Line) -> tuple[FaultSite, str]:
        """The i-th fault as text; where the drawn class does not fit the value, the next one that does."""
        for turn in range(len(self.sites)):
            site = self.sites[(int(self.drawn[i]) + turn) % len(self.sites)]
            text = site.make(line, int(self.variants[i]))
            if text is not None and text != (line.text if site.truth.outcome == "changed" else None):
                return site, text
        raise AssertionError("a blank line fits everywhere")


def _rewrite(path: Path, plan: _Plan) -> list[tuple[FaultSite, str]]:
    """Write the file anew beside itself, block by block; returns what was planted, in the order of ``plan.hit``."""
    planted: list[tuple[FaultSite, str]] = []
    draft = path.with_suffix(".dirty")
    with path.open("rb") as source, draft.open("wb") as sink:
        header = source.readline()
        sink.write(header)
        first, rest = 0, b""
        while block := source.read(_BLOCK):
            if b'"' in block or b"\r" in block:
                raise DataError(
                    "a world with quoted cells cannot be made dirty", file=str(path), hint="synthesise anew"
                )
            data = rest + block
            end = data.rfind(b"\n") + 1
            rest = data[end:]
            first += _write_block(sink, data[:end], first, plan, header.decode().rstrip("\n"), planted)
        sink.write(rest)
    draft.replace(path)
    return planted


def _write_block(
    sink: Any, data: bytes, first: int, plan: _Plan, header: str, planted: list[tuple[FaultSite, str]]
) -> int:
    """The records of a block with their faults; returns how many records there were."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
    low, high = np.searchsorted(plan.hit, [first, first + len(ends)])
    view, done = memoryview(data), 0
    for i in range(int(low), int(high)):
        at = int(plan.hit[i]) - first
        start, stop = int(ends[at - 1]) + 1 if at else 0, int(ends[at])
        line = Line(tuple(data[start:stop].decode().split(",")), ",", header, "\n", 0, plan.file.names)
        site, text = plan.record(i, line)
        sink.write(view[done : stop + 1 if site.after else start])
        sink.write((text + "\n").encode("utf-8", "surrogateescape"))
        done = stop + 1
        planted.append((site, plan.file.names[site.column] if site.column >= 0 else ""))
    sink.write(view[done:])
    return len(ends)


def _register(file: _File, ends: Mapping[str, Any], lost: Sequence[int], census: _Census) -> None:
    """Note the ids that only refused records have."""
    import pyarrow as pa

    ((name, node),) = file.ends.items()
    column = ends[name]
    kept = np.ones(len(column), np.bool_)
    kept[list(lost)] = False
    census.here[node].update(column.filter(pa.array(kept)).to_pylist())
    census.gone[node].update(column[row].as_py() for row in lost)
    census.gone[node] -= census.here[node]


def _write(path: Path, truth: _Truth) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"row": pa.int64(), "added": pa.bool_()}
    table = pa.table(truth.columns, pa.schema([(name, types.get(name, pa.string())) for name in _COLUMNS]))
    path.parent.mkdir(exist_ok=True)
    pq.write_table(table, path)
