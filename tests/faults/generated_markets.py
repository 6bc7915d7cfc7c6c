"""Small markets out of hypothesis, the ways in which they may be loaded, and what none of these may change."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from graph.batch import FileCount
from graph.ingest import formats
from graph.ingest.load import load_sources
from graph.ingest.mapping.file_mapping import FileMapping
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.rejects.replay import Replayed, replay
from graph.ingest.sources import find_sources
from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore

AS_OF = 1_790_000_000
_MEMORY = Path("/dev/shm")
_PEOPLE = ("u1", "u2", "007", "用户", "a b", "x,y", "é", 'q"q')
_ITEMS = ("p1", "p2", "P1", "商品")
_TIMES = ("2026-01-01", "2026-01-01 08:00:00", "2026/1/2", "2026-03-31T23:59:59+08:00", "")
_AMOUNTS = ("", "0", "1.5", "1.50", "1000", "12.34")
# Cells that are wrong in any company, each by the meaning of its column.
_WRONG = {"ts": ("soon", "2026-02-30", "2090-01-01"), "amount": ("lots", "inf"), "what": ("hate", ""), "uid": ("",)}

Record = tuple[str, ...]


@dataclass(frozen=True)
class File:
    """A generated file.

    Attributes:
        name: Its name.
        entry: What the mapping says of it.
        columns: Names of its columns.
        records: Its records, some of them more than once.
    """

    name: str
    entry: str
    columns: Record
    records: tuple[Record, ...]

    def text(self, order: Random | None) -> str:
        """Its content; the records in another order, where one is given."""
        records = list(self.records)
        if order is not None:
            order.shuffle(records)
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.columns, *records])
        return out.getvalue()


Market = tuple[File, ...]


@dataclass(frozen=True)
class Way:
    """How a market is loaded.

    Attributes:
        order: Numbers of its files in the order of the mapping.
        loads: For each load the numbers of the files that it reads, by place in ``order``; every file is in one.
        shuffle: Seed of the order of records; None leaves it.
        block: Bytes of a block.
        threads: Of the store.
    """

    order: tuple[int, ...]
    loads: tuple[tuple[int, ...], ...]
    shuffle: int | None
    block: int
    threads: int


@dataclass(frozen=True)
class Held:
    """What a store and its quarantine hold in the end.

    Attributes:
        snapshot: Fingerprint.
        kept: (File, reason, text) of a refused record to how many there are.
        wrong: What went wrong on the way, a sentence each.
    """

    snapshot: str
    kept: Counter[tuple[str, str, str]]
    wrong: tuple[str, ...]


def entry_of(name: str, *lines: str) -> str:
    return "\n".join(("[[files]]", f'path = "{name}"', *lines)) + "\n"


_NODE = 'node = "Person"\nid = "uid"'
USERS = entry_of("users.csv", _NODE, 'roles = ["User"]', 'columns = { name = "name", signup = "ts" }')
_PROFILES = entry_of("profiles.csv", _NODE, 'columns = { city = "city", followers = "fans" }')
PRODUCTS = entry_of("products.csv", 'node = "Product"\nid = "item"', 'columns = { name = "name" }')
ENDS = 'source = "uid"\ntarget = "item"\ntime = "ts"\nweight = "amount"'
_VALUES = '{ view = "Person-VIEWED-Product", cart = "Person-CARTED-Product" }'
_EVENT_COLUMNS = ("uid", "item", "ts", "amount")


def _marked(ids: Sequence[str], what: str) -> list[Record]:
    """Records of nodes: what an id has is a function of the id, or missing."""
    return [(one, f"{what} {one}" if full else "") for one in ids for full in (True, False)]


@st.composite
def _node_files(draw: st.DrawFn) -> list[File]:
    users = [(u, name, "2026-02-01") for u, name in _marked(_PEOPLE, "name")]
    users += [("", "nobody", ""), ("u1", "name u1", "soon"), ("u1", "name u1", "", "too many")]
    profiles = [(u, city, fans) for u, city in _marked(_PEOPLE, "city") for fans in (str(len(u)), "")]
    profiles += [("u2", "", "many"), ("", "", "7")]
    files = [File("users.csv", USERS, ("uid", "name", "ts"), _some(draw, users))]
    if draw(st.booleans()):
        files.append(File("profiles.csv", _PROFILES, ("uid", "city", "fans"), _some(draw, profiles)))
    if draw(st.booleans()):
        files.append(File("products.csv", PRODUCTS, ("item", "name"), _some(draw, _marked(_ITEMS, "item"))))
    return files


def _some(draw: st.DrawFn, pool: Sequence[Record]) -> tuple[Record, ...]:
    return tuple(draw(st.lists(st.sampled_from(pool), min_size=1, max_size=9)))


@st.composite
def _event_files(draw: st.DrawFn) -> list[File]:
    """Files with and without ids of events, two of which may tell of the same events."""
    create = draw(st.sampled_from(['create = ["target"]', "", 'create = ["source", "target"]']))
    cell = st.tuples(*map(st.sampled_from, (_PEOPLE, _ITEMS, _TIMES, _AMOUNTS)))
    files = []
    if draw(st.booleans()):
        relation = f'[files.relation]\ncolumn = "what"\nvalues = {_VALUES}'
        pool = [(*c, what) for c in draw(st.lists(cell, min_size=1, max_size=8)) for what in ("view", "cart")]
        for name in draw(st.sampled_from([("events.csv",), ("events-1.csv", "events-2.csv")])):
            records = _some(draw, [*pool, *_spoilt(pool, (*_EVENT_COLUMNS, "what"))])
            files.append(File(name, entry_of(name, ENDS, create, relation), (*_EVENT_COLUMNS, "what"), records))
    if draw(st.booleans()):
        contents = draw(st.lists(cell, min_size=1, max_size=6))
        pool = [(f"o{number}", *content) for number, content in enumerate(contents)]
        edge = f'edge = "Person-BOUGHT-Product"\nevent_id = "order"\n{ENDS}'
        for name in draw(st.sampled_from([("orders.csv",), ("orders-1.csv", "orders-2.csv")])):
            records = _some(draw, [*pool, *_spoilt(pool, ("order", *_EVENT_COLUMNS))])
            files.append(File(name, entry_of(name, edge, create), ("order", *_EVENT_COLUMNS), records))
    if draw(st.booleans()) or not files:
        pool = draw(st.lists(cell, min_size=1, max_size=4))
        edge = f'edge = "Person-FAVOURITED-Product"\nduplicates = "keep"\n{ENDS}'
        records = _some(draw, [*pool, *_spoilt(pool, _EVENT_COLUMNS)])
        files.append(File("marks.csv", entry_of("marks.csv", edge, create), _EVENT_COLUMNS, records))
    return files


def _spoilt(pool: Sequence[Record], columns: Record) -> list[Record]:
    """Records with one wrong cell, or one too few."""
    found = [record[:-1] for record in pool[:1]]
    for number, name in enumerate(columns):
        for wrong in _WRONG.get(name, ()):
            found += [(*record[:number], wrong, *record[number + 1 :]) for record in pool[:1]]
    return found


@st.composite
def markets(draw: st.DrawFn) -> Market:
    """A market whose files do not contradict each other."""
    return (*draw(_node_files()), *draw(_event_files()))


@st.composite
def ways(draw: st.DrawFn, market: Market) -> Way:
    """A way to load a market."""
    order = tuple(draw(st.permutations(range(len(market)))))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=2)))
    bounds = [0, *(c for c in cuts if c < len(order)), len(order)]
    loads = tuple(order[a:b] for a, b in pairwise(bounds))
    shuffle = draw(st.one_of(st.none(), st.integers(0, 2**31)))
    return Way(order, loads, shuffle, draw(st.sampled_from([32, 100, 1000, 1 << 24])), draw(st.sampled_from([1, 2])))


def plain_way(market: Market) -> Way:
    """All files in one load, as they stand."""
    order = tuple(range(len(market)))
    return Way(order, (order,), None, 1 << 24, 1)


@contextmanager
def _blocks(size: int) -> Iterator[None]:
    defaults = formats.read_blocks.__kwdefaults__
    assert defaults is not None
    before, defaults["size"] = defaults["size"], size
    try:
        yield
    finally:
        defaults["size"] = before


def held(market: Market, way: Way, *, again: bool) -> Held:
    """Load a market in a way, replay what waits, and, if asked to, do all the loads again: they must write nothing."""
    memory = str(_MEMORY) if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder, _blocks(way.block):
        home = _Home(Path(folder), market, way)
        wrong = home.load()
        snapshot = home.store.snapshot().fingerprint
        kept = Counter((r["file"], r["reason"], r["raw"]) for r in home.quarantine.records())
        if again:
            wrong += home.load_again()
        return Held(snapshot, kept, tuple(wrong))


class _Home:
    """A folder with the files of a market, a store and a quarantine."""

    def __init__(self, folder: Path, market: Market, way: Way) -> None:
        self.folder, self.way = folder, way
        self.store = EmbeddedStore(folder / "m.duckdb", MARKET, threads=way.threads)
        self.quarantine = Quarantine(folder / "quarantine")
        self.data = folder / "data"
        self.data.mkdir()
        order = None if way.shuffle is None else Random(way.shuffle)
        for file in market:
            (self.data / file.name).write_text(file.text(order), "utf-8")
        self.entries = self._entries([market[n] for n in way.order])
        self.parts = [self._entries([market[n] for n in load]) for load in way.loads]

    def _entries(self, files: Sequence[File]) -> tuple[FileMapping, ...]:
        mapping = self.folder / "mapping.toml"
        mapping.write_text('time_zone = "Asia/Shanghai"\n' + "".join(file.entry for file in files), "utf-8")
        return read_mapping(mapping, MARKET)

    def load(self) -> list[str]:
        """All loads, and replays until nothing more goes in; returns what was wrong."""
        counts = self._loads()
        while any(done.count.created for done in self._replay()):
            pass
        return [f"{c.file}: the counts do not add up" for c in counts if not c.balanced]

    def load_again(self) -> list[str]:
        """All loads once more; returns what they wrote."""
        before = self._bytes()
        counts = self._loads()
        wrong = [f"{c.file}: the second load wrote" for c in counts if c.created or c.updated or c.implied]
        after = self._bytes()
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        return wrong + [f"the second load changed {name}" for name in changed]

    def _loads(self) -> list[FileCount]:
        counts = []
        for entries in self.parts:
            sources = find_sources(self.data, entries)
            counts += load_sources(sources, MARKET, self.store, quarantine=self.quarantine, as_of=AS_OF)
        return counts

    def _replay(self) -> list[Replayed]:
        return replay(self.entries, MARKET, self.store, quarantine=self.quarantine, as_of=AS_OF)

    def _bytes(self) -> dict[str, str]:
        files = [self.store.file, *self.quarantine.directory.rglob("*")]
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files if p.is_file()}


def faults_of(market: Market, way: Way) -> list[str]:
    """What a way of loading a market changed, or did wrong; a sentence each."""
    plain, other = held(market, plain_way(market), again=False), held(market, way, again=True)
    told = [f"plain: {what}" for what in plain.wrong] + list(other.wrong)
    if plain.snapshot != other.snapshot:
        told.append("the snapshot is another")
    if plain.kept != other.kept:
        told.append(f"refused is {dict(other.kept - plain.kept)} instead of {dict(plain.kept - other.kept)}")
    return told


def property_of(examples: int, start: int) -> Callable[[], None]:
    """The property that no way of loading changes what is held, as a test of so many examples from that seed on."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @seed(start)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        market = data.draw(markets())
        way = data.draw(ways(market))
        told = faults_of(market, way)
        assert not told, told

    return holds
