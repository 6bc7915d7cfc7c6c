from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.batch import FileCount
from graph.errors import ConfigError, DataError
from graph.ingest.check_files import inspect_files
from graph.ingest.convert_file import check_files_fit
from graph.ingest.load import ANY, load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET
from graph.store.embedded.loading import EmbeddedLoading
from graph.store.embedded.store import EmbeddedStore
from graph.workflow.loading.load_notes import count_notes

NOW = 1_800_000_000
MAPPING = """
time_zone = "Asia/Shanghai"
[[files]]
path = "users.csv"
node = "Person"
roles = ["User"]
id = "uid"
columns = { name = "name", city = "city" }
[[files]]
path = "events.csv"
source = "uid"
target = "item"
time = "ts"
weight = "amount"
create = ["target"]
[files.relation]
column = "what"
values = { view = "Person-VIEWED-Product", buy = "Person-BOUGHT-Product", "购买" = "Person-BOUGHT-Product" }
"""
USERS = "uid,name,city\nu1,李雷,上海\nu2,Ann,\n007,Bond,London\n"
EVENTS = """uid,item,what,ts,amount
u1,p1,view,2026-03-01 12:00:00,
u1,p1,view,2026-03-01 12:00:00,
u2,p1,buy,2026-03-01,9.50
007,p2,购买,2026/3/2,
u1,p1,hate,2026-03-01,
u9,p1,view,2026-03-01,
u1,,view,2026-03-01,
u1,p3,view,2099-01-01,
u1,p3,view,soon,
u1,p3,buy,2026-03-01,lots
u1,p3
"""


class Market:
    """A folder of files, a store and a quarantine."""

    def __init__(self, folder: Path, **files: str | bytes) -> None:
        self.folder = folder / "data"
        self.folder.mkdir()
        self.store = EmbeddedStore(folder / "market.duckdb", MARKET, threads=1)
        self.quarantine = Quarantine(folder / "quarantine")
        for name, text in files.items():
            self.put(name.replace("__", "."), text)

    def put(self, name: str, text: str | bytes) -> None:
        (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def load(self, *, as_of: int = NOW) -> list[FileCount]:
        sources = find_sources(self.folder, read_mapping(self.folder / "mapping.toml", MARKET))
        checked = inspect_files(check_files_fit(sources), MARKET, as_of=as_of)
        counts = load_sources(sources, MARKET, self.store, quarantine=self.quarantine, as_of=as_of)
        assert all(c.balanced for c in counts)
        assert [c.read for c in checked] == [c.read for c in counts]
        assert all(before.quarantined <= c.quarantined for before, c in zip(checked, counts, strict=True))
        return counts

    def kept(self) -> list[tuple[int, str, str, str]]:
        return [(r["row"], r["column"], r["value"], r["reason"]) for r in self.quarantine.records()]


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return Market(tmp_path, mapping__toml=MAPPING, users__csv=USERS, events__csv=EVENTS)


def events_mapping(extra: str = "", path: str = "f.csv") -> str:
    return (
        f'[[files]]\npath = "{path}"\nedge = "Person-RATED-Product"\nsource = "u"\ntarget = "i"\n'
        f'create = ["source", "target"]\n{extra}'
    )


def test_every_record_is_accounted_for(market: Market) -> None:
    users, events = market.load()
    assert (users.read, users.created, users.quarantined) == (3, 3, 0)
    assert (events.read, events.created, events.duplicate, events.quarantined, events.implied) == (11, 3, 1, 7, 2)
    assert market.kept() == [
        (5, "what", "hate", "unknown_relation"),
        (6, "uid", "u9", "unknown_source"),
        (7, "item", "", "missing_value"),
        (8, "ts", "2099-01-01", "future_time"),
        (9, "ts", "soon", "not_a_time"),
        (10, "amount", "lots", "not_a_decimal"),
        (11, "", "", "column_count"),
    ]
    record = next(market.quarantine.records())
    assert (record["file"], record["raw"]) == ("events.csv", "u1,p1,hate,2026-03-01,")
    assert "relation.values" in record["hint"]
    graph = market.store.snapshot()
    assert graph.ids("Person").texts.to_list() == ["007", "u1", "u2"]
    assert {str(k): len(e) for k, e in graph.edge_sets.items()} == {
        "Person-BOUGHT-Product": 2,
        "Person-VIEWED-Product": 1,
    }


def test_a_second_load_changes_nothing(market: Market) -> None:
    first = market.load()
    before, kept = market.store.snapshot().fingerprint, market.kept()
    second = market.load()
    assert [(c.created, c.updated, c.implied) for c in second] == [(0, 0, 0)] * 2
    assert [(c.read, c.unchanged + c.duplicate, c.quarantined) for c in second] == [
        (c.read, c.created + c.duplicate, c.quarantined) for c in first
    ]
    assert (market.store.snapshot().fingerprint, market.kept()) == (before, kept)


def test_a_node_file_that_goes_back_takes_the_graph_back(tmp_path: Path) -> None:
    mapping = '[[files]]\npath = "users.csv"\nnode = "Person"\nid = "u"\ncolumns = { name = "n" }\n'
    market = Market(tmp_path, mapping__toml=mapping)
    found = []
    for name in ("Ann", "ANNE", "Ann", "Ann"):
        market.put("users.csv", f"u,n\nu1,{name}\n,x\n")
        (count,) = market.load()
        found.append((count.created, count.updated, count.unchanged, count.quarantined))
        assert market.store.snapshot().attributes("Person")["name"].tolist() == [name]
        assert market.kept() == [(2, "u", "", "missing_value")]
    assert found == [(1, 0, 0, 1), (0, 1, 0, 1), (0, 1, 0, 1), (0, 0, 1, 1)]


def test_rejects_of_a_corrected_file_go_and_those_of_other_files_stay(tmp_path: Path) -> None:
    both = events_mapping('weight = "r"\n') + events_mapping('weight = "r"\n', "g.csv")
    market = Market(tmp_path, f__csv="u,i,r\na,x,lots\n", g__csv="u,i,r\n,x,1\n", mapping__toml=both)
    market.load()
    assert market.kept() == [(1, "r", "lots", "not_a_decimal"), (1, "u", "", "missing_value")]
    market.put("f.csv", "u,i,r\na,x,3\n")
    market.put("mapping.toml", events_mapping('weight = "r"\n'))
    (count,) = market.load()
    assert (count.created, market.kept()) == (1, [(1, "u", "", "missing_value")])


def test_rejects_of_a_corrected_mapping_go(market: Market) -> None:
    market.load()
    market.put("mapping.toml", MAPPING.replace("buy =", 'hate = "Person-VIEWED-Product", buy ='))
    _, events = market.load()
    assert (events.created, events.quarantined, len(market.kept())) == (1, 6, 6)
    assert all(reason != "unknown_relation" for *_, reason in market.kept())


def test_every_entry_of_a_file_keeps_its_rejects(tmp_path: Path) -> None:
    people = '[[files]]\npath = "f.csv"\nnode = "Person"\nid = "u"\n'
    rows = "u,i,j\n,,\n"
    entry = events_mapping() + events_mapping().replace('target = "i"', 'target = "j"') + people
    market = Market(tmp_path, f__csv=rows, mapping__toml=entry)
    for _ in range(2):
        market.load()
        assert len(market.kept()) == 3


def test_a_load_that_fails_loses_no_reject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    market = Market(tmp_path, f__csv="u,i\n,x\n", mapping__toml=events_mapping())
    market.load()
    market.put("f.csv", "u,i\n,y\n")

    def broken(self: EmbeddedLoading) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedLoading, "commit", broken)
        with pytest.raises(KeyboardInterrupt):
            market.load()
    assert [r["raw"] for r in market.quarantine.records()] == [",x"]
    # Whether such a commit took effect only the store can tell, which the next load asks.
    assert market.quarantine.interrupted
    market.load()
    assert not market.quarantine.interrupted
    assert [r["raw"] for r in market.quarantine.records()] == [",y"]


def test_equal_files_each_keep_their_rejects(tmp_path: Path) -> None:
    text = "u,i\na,x\n,x\n"
    market = Market(tmp_path, f__csv=text, g__csv=text, mapping__toml=events_mapping(path="?.csv"))
    counts = market.load()
    assert [c.quarantined for c in counts] == [1, 1]
    assert [r["file"] for r in market.quarantine.records()] == ["f.csv", "g.csv"]


def test_an_unknown_kind_comes_with_the_known_ones(tmp_path: Path) -> None:
    entry = '[[files]]\npath = "f.csv"\nedge = "Person-INTERACTED-Person"\nsource = "u"\ntarget = "v"\n'
    market = Market(tmp_path, f__csv="u,v,k\na,b,hug\n", mapping__toml=entry + 'columns = { kind = "k" }\n')
    market.load()
    (record,) = market.quarantine.records()
    assert (record["value"], "like, comment, share" in record["hint"]) == ("hug", True)
    assert "accepted" not in record


def test_a_check_counts_ends_that_no_file_provides(market: Market) -> None:
    sources = find_sources(market.folder, read_mapping(market.folder / "mapping.toml", MARKET))
    users, events = inspect_files(check_files_fit(sources), MARKET, as_of=NOW)
    assert (users.unknown_ends, events.unknown_ends, events.created) == (0, 1, 5)


def test_a_check_knows_what_create_makes(tmp_path: Path) -> None:
    tie = '[[files]]\npath = "f.csv"\nedge = "Person-FOLLOWS-Person"\nsource = "u"\ntarget = "v"\ncreate = {}\n'
    market = Market(tmp_path, f__csv="u,v\na,b\nb,a\nb,c\n")
    for create, expected in (("[]", 3), ('["source"]', 1), ('["target"]', 0), ('["source", "target"]', 0)):
        market.put("mapping.toml", tie.format(create))
        sources = find_sources(market.folder, read_mapping(market.folder / "mapping.toml", MARKET))
        (count,) = inspect_files(check_files_fit(sources), MARKET, as_of=NOW)
        assert count.unknown_ends == expected, create


def test_waiting_events_come_in_when_their_nodes_have(market: Market) -> None:
    market.load()
    market.put("users.csv", USERS + "u9,Late,\n")
    users, events = market.load()
    assert (users.created, users.unchanged) == (1, 3)
    assert (events.created, events.quarantined) == (1, 6)
    assert (6, "uid", "u9", "unknown_source") not in market.kept()
    assert [(c.created, c.quarantined) for c in market.load()] == [(0, 0), (0, 6)]


def test_a_future_event_comes_in_when_its_time_has(market: Market) -> None:
    market.load()
    _, events = market.load(as_of=5_000_000_000)
    assert (events.created, events.quarantined) == (1, 6)
    assert all(reason != "future_time" for *_, reason in market.kept())


def test_a_grown_file_adds_only_what_is_new(market: Market) -> None:
    market.load()
    market.put("events.csv", EVENTS + "u2,p9,view,2026-03-05,\n")
    _, events = market.load()
    assert (events.created, events.unchanged, events.duplicate) == (1, 3, 1)


@pytest.mark.proof
def test_files_in_any_encoding_and_format_make_the_same_store(tmp_path: Path) -> None:
    rows = [
        {"u": f"u{i % 7}", "i": f"商品{i % 5}", "r": f"{1 + i % 4}.5", "t": str(1_700_000_000 + i)} for i in range(50)
    ]
    text = "u,i,r,t\n" + "".join(",".join(r.values()) + "\n" for r in rows)
    frame = pa.Table.from_pylist(rows)
    pq.write_table(frame, tmp_path / "f.parquet")
    contents = {
        "f.csv": text, "g.csv": text.replace("\n", "\r\n").encode("gb18030"), "h.csv": text.encode("utf-16"),
        "i.tsv": text.replace(",", "\t"), "j.csv.gz": gzip.compress(text.encode("utf-8-sig")),
        "k.csv": '"' + text.replace(",", '","').replace("\n", '"\n"')[:-1],
        "l.jsonl": "".join(json.dumps(r) + "\n" for r in rows), "m.parquet": (tmp_path / "f.parquet").read_bytes(),
    }  # fmt: skip
    found = set()
    for number, (name, content) in enumerate(contents.items()):
        (tmp_path / str(number)).mkdir()
        market = Market(tmp_path / str(number))
        market.put(name, content)
        market.put("mapping.toml", events_mapping('weight = "r"\ntime = "t"\ntime_unit = "s"\n', name))
        (count,) = market.load()
        assert (count.read, count.created, count.quarantined) == (50, 50, 0), name
        found.add(market.store.snapshot().fingerprint)
    assert len(found) == 1


def test_collapse_and_keep(tmp_path: Path) -> None:
    text = "u,i\n" + "a,x\n" * 3 + "b,x\n"
    market = Market(tmp_path, f__csv=text, mapping__toml=events_mapping())
    (count,) = market.load()
    assert (count.created, count.duplicate) == (2, 2)
    market.put("mapping.toml", events_mapping('duplicates = "keep"\n'))
    (count,) = market.load()
    assert (count.created, count.unchanged, count.duplicate) == (2, 2, 0)
    market.put("f.csv", text + "a,x\n")
    (count,) = market.load()
    assert (count.created, count.unchanged) == (1, 4)


def test_given_event_ids(tmp_path: Path) -> None:
    market = Market(
        tmp_path, f__csv="no,u,i\n1,a,x\n2,a,x\n1,a,x\n2,a,y\n,a,x\n", mapping__toml=events_mapping('event_id = "no"\n')
    )
    (count,) = market.load()
    assert (count.created, count.duplicate, count.quarantined) == (2, 1, 2)
    assert market.kept() == [(4, "no", "2", "event_conflict"), (5, "no", "", "missing_value")]


def test_a_column_mapped_later_makes_no_new_events(tmp_path: Path) -> None:
    market = Market(tmp_path, f__csv="u,i,h\na,x,3\n", mapping__toml=events_mapping())
    market.load()
    market.put("mapping.toml", events_mapping('columns = { helpfulness = "h" }\n'))
    (count,) = market.load()
    assert (count.created, count.quarantined) == (0, 1)


def test_unmapped_columns_are_named(tmp_path: Path) -> None:
    market = Market(tmp_path, f__csv="u,i,x,y\na,b,1,2\n", mapping__toml=events_mapping('ignore = ["y"]\n'))
    assert market.load()[0].unmapped == ("x",)


def test_header_only_and_blank_ids(tmp_path: Path) -> None:
    market = Market(tmp_path, f__csv="u,i\n", mapping__toml=events_mapping())
    assert market.load() == [FileCount("f.csv", "Person-RATED-Product")]
    market.put("f.csv", "u,i\n　,x\n 007 ,x\n")
    (count,) = market.load()
    assert (count.created, count.quarantined) == (1, 1)
    assert market.store.snapshot().ids("Person").texts.to_list() == ["007"]


@pytest.mark.parametrize(
    ("content", "mapping", "error", "message"),
    [
        ("u,item\na,b\n", "", DataError, "column 'i', which the file does not have"),
        ("", "", DataError, "empty"),
        ("u,i,t\na,b,2026-01-01\n", 'time = "t"\n', ConfigError, "no time zone is declared"),
        ("u,i\na,b\n", 'constants = { helpfulness = "very" }\n', DataError, "helpfulness = 'very' is not a decimal"),
    ],
)
def test_a_mapping_that_does_not_fit_changes_nothing(
    tmp_path: Path, content: str, mapping: str, error: type[Exception], message: str
) -> None:
    market = Market(tmp_path, f__csv=content, mapping__toml=events_mapping(mapping))
    with pytest.raises(error, match=message) as caught:
        market.load()
    assert caught.value.hint  # type: ignore[attr-defined]
    assert not market.store.file.exists() or market.store.status().batches == 0
    assert list(market.quarantine.records()) == []


def test_a_missing_file_in_the_mapping_loads_nothing_of_the_others(market: Market) -> None:
    (market.folder / "events.csv").unlink()
    with pytest.raises(DataError, match="no such file"):
        market.load()
    assert not market.store.file.exists()


def test_a_wrong_column_in_the_last_file_loads_nothing_of_the_first(market: Market) -> None:
    market.put("events.csv", EVENTS.replace("what", "that"))
    with pytest.raises(DataError, match="'what'"):
        market.load()
    assert not market.store.file.exists()


CELLS = st.sampled_from(["a", "b", "c", "", " ", "1", "2.5", "x y", "李", '"q"', "1700000000", "4000000000", "nope"])


@pytest.mark.proof
@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=30), st.sampled_from(["collapse", "keep"]))
def test_the_count_equation_holds_for_any_file(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], mode: str
) -> None:
    folder = tmp_path_factory.mktemp("dirty")
    try:
        text = "u,i,r,t\n" + "".join(",".join(r) + "\n" for r in rows)
        extra = f'weight = "r"\ntime = "t"\ntime_unit = "s"\nduplicates = "{mode}"\n'
        market = Market(folder, f__csv=text, mapping__toml=events_mapping(extra))
        (count,) = market.load()
        assert count.read == sum(r != [""] for r in rows)
        stored = market.store.status().edges.get("Person-RATED-Product", 0)
        assert stored == count.created
        assert len(market.kept()) == count.quarantined
        before = market.store.snapshot().fingerprint
        (again,) = market.load()
        assert (again.created, again.unchanged, again.quarantined) == (0, count.created, count.quarantined)
        assert market.store.snapshot().fingerprint == before
    finally:
        shutil.rmtree(folder)


EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize("name", ["ciao", "lastfm", "retailrocket"])
def test_examples_are_valid_mappings(name: str) -> None:
    assert read_mapping(EXAMPLES / f"{name}.toml", MARKET)


def test_what_an_increment_does_not_bring_again_is_kept_apart(market: Market) -> None:
    market.load()
    before = market.kept()
    market.put("events.csv", "uid,item,what,ts,amount\nu1,p9,view,2026-03-09,\nu1,p3,view,soon,\n")
    _, events = market.load()
    assert (events.created, events.quarantined, events.earlier_rejects) == (1, 1, 6)
    assert [row[3] for row in market.kept()] == ["not_a_time"]
    apart = list(market.quarantine.records(earlier=True))
    assert sorted(r["reason"] for r in apart) == sorted(reason for *_, reason in before if reason != "not_a_time")
    _, again = market.load()
    assert again.earlier_rejects == 0
    assert len(list(market.quarantine.records(earlier=True))) == 6


def test_a_record_that_is_accepted_now_is_not_said_to_be_gone(market: Market) -> None:
    """It is in the file as before; the person whom it names was loaded since."""
    market.load()
    assert "unknown_source" in [reason for *_, reason in market.kept()]
    market.put("users.csv", USERS + "u9,Late,\n")
    counts = market.load()
    assert [count.earlier_rejects for count in counts] == [0, 1]
    notes = count_notes(counts, ANY, market.quarantine.directory)
    (told,) = (note for note in notes if "--earlier" in note)
    assert "accepted now" in told
    assert "not refused by this one" in told
