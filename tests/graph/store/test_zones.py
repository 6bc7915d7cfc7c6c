"""Dates stay dates and units of time are those of the market's zone: from files, in both stores, in every query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import queries
from graph.errors import QueryRefusedError
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET, Schema, extend_schema
from graph.store.embedded.index.cypher_index import build_index, open_index
from graph.store.embedded.index.run_query import run
from graph.store.embedded.store import EmbeddedStore
from graph.store.neo4j.access import Access
from graph.store.neo4j.store import Neo4jStore
from graph.store.protocol import GraphStore
from tests.servers.wiping import remove_data

OWN = """
[nodes.Person]
columns.birthday = "date"
columns.seen = "time"
"""
# Between two months, weeks and years in Shanghai, which are one in UTC; a leap day; an hour that clocks go through
# twice and a day of 23 hours in Berlin.
FILES = {
    "users.csv": "id,生日,注册时间,见过\n"
    "a,1969-12-31,2024-01-31 23:30:00,2024-01-31 23:30:00\n"
    "b,1969/7/20,2024-02-29,2024-03-01T00:10:00+08:00\n"
    "c,,2024-01-31T16:30:00Z,\n",
    "orders.csv": "id,who,what,when,paid\n"
    "1,a,p,2024-01-31 23:30:00,1\n2,a,p,2024-02-01 00:10:00,2\n3,b,p,2024-12-31 23:59:59,4\n",
    "days.csv": "who,what,下单日期\na,q,2024-02-29\nb,q,2024/3/1\n",
    "berlin.csv": "who,what,when\na,z,2024-03-31 23:30:00\nb,z,2024-10-27 02:30:00\n",
}
MAPPING = """
time_zone = "{zone}"

[[files]]
path = "users.csv"
node = "Person"
roles = ["User"]
id = "id"
columns = {{ birthday = "生日", signup = "注册时间", seen = "见过" }}

[[files]]
path = "orders.csv"
edge = "Person-BOUGHT-Product"
source = "who"
target = "what"
time = "when"
weight = "paid"
event_id = "id"
create = ["target"]

[[files]]
path = "days.csv"
edge = "Person-VIEWED-Product"
source = "who"
target = "what"
time = "下单日期"
create = ["target"]

[[files]]
path = "berlin.csv"
edge = "Person-FAVOURITED-Product"
source = "who"
target = "what"
time = "when"
time_zone = "Europe/Berlin"
create = ["target"]
"""
Rows = list[tuple[Any, ...]]
Ask = Callable[..., Rows]


@pytest.fixture
def schema(tmp_path: Path) -> Schema:
    file = tmp_path / "schema.toml"
    file.write_text(OWN, "utf-8")
    return extend_schema(MARKET, file)


def load(store: GraphStore, schema: Schema, folder: Path, zone: str) -> None:
    """The files into a store."""
    folder.mkdir(exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "mapping.toml").write_text(MAPPING.format(zone=zone), "utf-8")
    sources = find_sources(folder, read_mapping(folder / "mapping.toml", schema))
    counts = load_sources(sources, schema, store, quarantine=Quarantine(folder / "q"), as_of=1_800_000_000)
    assert [c.quarantined for c in counts] == [0, 0, 0, 0]


def embedded(folder: Path, schema: Schema, zone: str) -> tuple[GraphStore, Ask]:
    """The market in the embedded store, and its index."""
    store = EmbeddedStore(folder / "market.duckdb", schema, threads=1)
    load(store, schema, folder / "files", zone)
    build_index(store.snapshot(), folder / "index.kgl", stamp="s", schema=schema)
    index = open_index(folder / "index.kgl")
    return store, lambda text, **given: run(index, text, given, timeout_s=60, max_rows=1000).rows


@pytest.fixture(params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def place(request: pytest.FixtureRequest, tmp_path: Path, schema: Schema) -> Iterator[Callable[[str], Any]]:
    """What loads the market in a zone into either store; gives the store and what asks it."""
    if request.param == "embedded":
        yield lambda zone: embedded(tmp_path, schema, zone)
        return
    access: Access = request.getfixturevalue("neo4j_access")
    remove_data(access)

    def on_server(zone: str) -> tuple[GraphStore, Ask]:
        store = Neo4jStore(access, schema)
        load(store, schema, tmp_path / "files", zone)
        return store, lambda text, **given: store.query(text, given, timeout_s=60, max_rows=1000).rows

    yield on_server
    remove_data(access)


def test_known_answers_in_shanghai(place: Callable[[str], Any]) -> None:
    store, ask = place("Asia/Shanghai")
    graph = store.snapshot()
    assert (store.zone(), graph.zone) == ("Asia/Shanghai", "Asia/Shanghai")
    people = graph.attributes("Person").set_index("id")
    assert people["birthday"].tolist()[:2] == [dt.date(1969, 12, 31), dt.date(1969, 7, 20)]
    assert people["signup"].tolist() == [dt.date(2024, 1, 31), dt.date(2024, 2, 29), dt.date(2024, 2, 1)]
    # A date is a date, whatever the zone.
    text = "MATCH (p:Person) RETURN p.id, p.birthday, p.birthday.year, p.signup, p.signup.month, p.seen ORDER BY p.id"
    assert ask(text) == [
        ("a", "1969-12-31", 1969, "2024-01-31", 1, "2024-01-31T23:30:00+08:00"),
        ("b", "1969-07-20", 1969, "2024-02-29", 2, "2024-03-01T00:10:00+08:00"),
        ("c", None, None, "2024-02-01", 2, None),
    ]
    assert ask("MATCH (p:Person) WHERE p.signup >= date('2024-02-01') RETURN p.id ORDER BY p.id") == [("b",), ("c",)]
    assert ask("MATCH (p:Person) WHERE p.birthday < date('1969-12-31') RETURN p.id") == [("b",)]
    assert ask("MATCH (p:Person) RETURN min(p.birthday), max(p.signup)") == [("1969-07-20", "2024-02-29")]
    text = "MATCH (p:Person {id: 'a'}) RETURN p.signup + duration({days: 1}), date.truncate('week', p.signup)"
    assert ask(text) == [("2024-02-01", "2024-01-29")]
    # Months, days, hours and weekdays of a time are local ones.
    text = "MATCH (:Person)-[r:BOUGHT]->() RETURN r.time, r.time.year, r.time.month, r.time.day, r.time.hour"
    assert ask(text + " ORDER BY r.time") == [
        ("2024-01-31T23:30:00+08:00", 2024, 1, 31, 23),
        ("2024-02-01T00:10:00+08:00", 2024, 2, 1, 0),
        ("2024-12-31T23:59:59+08:00", 2024, 12, 31, 23),
    ]
    text = "MATCH (:Person)-[r:BOUGHT]->() RETURN date.truncate('month', r.time) AS m, date(r.time) AS d ORDER BY d"
    months = [("2024-01-01", "2024-01-31"), ("2024-02-01", "2024-02-01"), ("2024-12-01", "2024-12-31")]
    assert ask(text) == months
    text = "MATCH (:Person)-[r:BOUGHT]->() RETURN datetime.truncate('month', r.time) AS m, count(*) AS n ORDER BY m"
    assert ask(text) == [(f"{m}T00:00:00+08:00", 1) for m, _ in months]
    # Moments are compared as moments.
    text = "MATCH (:Person)-[r:BOUGHT]->() WHERE r.time >= datetime('2024-01-31T16:00:00Z') RETURN count(*)"
    assert ask(text) == [(2,)]
    # What came as a day comes back as that day; what was written in another zone is the same moment.
    text = "MATCH (:Person)-[r:VIEWED]->() RETURN date(r.time) AS d, r.time.hour AS h ORDER BY d"
    assert ask(text) == [("2024-02-29", 0), ("2024-03-01", 0)]
    text = "MATCH (:Person)-[r:FAVOURITED]->() RETURN r.time AS t ORDER BY t"
    assert ask(text) == [("2024-04-01T05:30:00+08:00",), ("2024-10-27T08:30:00+08:00",)]
    assert ask("MATCH (p:Person {id: 'c'}) RETURN p") == [
        ({"labels": ["Person", "User"], "properties": {"id": "c", "signup": "2024-02-01"}},)
    ]


def test_known_answers_where_clocks_change(place: Callable[[str], Any]) -> None:
    _, ask = place("Europe/Berlin")
    text = "MATCH (:Person)-[r:FAVOURITED]->() RETURN r.time AS t, date.truncate('month', r.time) AS m ORDER BY t"
    assert ask(text) == [
        ("2024-03-31T23:30:00+02:00", "2024-03-01"),
        ("2024-10-27T02:30:00+02:00", "2024-10-01"),
    ]
    # The begin of a year has the offset of winter, so that summer and winter are of one year.
    text = "MATCH (:Person)-[r:FAVOURITED]->() RETURN datetime.truncate('year', r.time) AS y, count(*) AS n"
    assert ask(text) == [("2024-01-01T00:00:00+01:00", 2)]
    text = "MATCH (:Person)-[r:VIEWED]->() RETURN r.time AS t ORDER BY t"
    assert ask(text) == [("2024-02-29T00:00:00+01:00",), ("2024-03-01T00:00:00+01:00",)]
    assert ask("MATCH (p:Person {id: 'a'}) RETURN p.birthday, p.signup") == [("1969-12-31", "2024-01-31")]


@pytest.mark.proof(one_in=3)
@pytest.mark.parametrize(
    ("name", "given", "rows"),
    [
        ("activity-by-month", {}, [("2024-01-01", 1), ("2024-02-01", 1), ("2024-03-01", 1), ("2024-04-01", 1)]),
        ("activity-by-month", {"since": "2024-02-01", "until": "2024-02-02"}, [("2024-02-01", 1)]),
        ("products-by-month", {}, [(2024, 1), (2024, 2), (2024, 12)]),
        ("cohort-retention", {}, [(2024, 1), (2024, 1), (2024, 12)]),
        ("check-before-signup", {"days": "0"}, []),
        ("repeat-buyers", {}, [("a", None)]),
    ],
)
def test_named_queries_speak_of_local_days(
    place: Callable[[str], Any], name: str, given: dict[str, str], rows: Rows
) -> None:
    _, ask = place("Asia/Shanghai")
    query = queries.load(name)
    found = ask(query.text, **queries.bind(query, given))
    assert [row[:2] for row in found][: len(rows)] == rows


@pytest.mark.proof(one_in=3)
@pytest.mark.neo4j
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "UTC"])
def test_both_stores_hold_the_same_bytes(tmp_path: Path, schema: Schema, neo4j_access: Access, zone: str) -> None:
    remove_data(neo4j_access)
    one, ask = embedded(tmp_path, schema, zone)
    other = Neo4jStore(neo4j_access, schema)
    load(other, schema, tmp_path / "files", zone)
    assert other.snapshot().fingerprint == one.snapshot().fingerprint
    for text in (
        "MATCH (n) WHERE n:Person OR n:Product RETURN n.id AS i, n AS n ORDER BY i",
        "MATCH (a:Person)-[r]->(b) RETURN r.time AS t, type(r) AS y, r AS r, date(r.time) AS d ORDER BY t, y",
    ):
        assert ask(text) == other.query(text, timeout_s=60, max_rows=1000).rows
    remove_data(neo4j_access)


# Two moments of the market, as texts in the zones of a comparison: equal ones, earlier and later ones.
MOMENTS = ("2024-01-31T15:30:00Z", "2024-01-31T23:30:00+08:00", "2024-01-31T23:30:00[Asia/Shanghai]", "2024-02-01")
SIGNS = ("=", "<>", "<", "<=", ">", ">=")
SIDES = ("r.time {sign} datetime('{moment}')", "datetime('{moment}') {sign} r.time")


@pytest.mark.proof(one_in=4)
@pytest.mark.neo4j
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/London", "America/New_York", "UTC"])
def test_moments_are_compared_alike_or_refused(tmp_path: Path, schema: Schema, neo4j_access: Access, zone: str) -> None:
    remove_data(neo4j_access)
    _, ask = embedded(tmp_path, schema, zone)
    other = Neo4jStore(neo4j_access, schema)
    load(other, schema, tmp_path / "files", zone)
    answered = 0
    for side in SIDES:
        for sign in SIGNS:
            for moment in MOMENTS:
                where = side.format(sign=sign, moment=moment)
                text = f"MATCH ()-[r:BOUGHT]->() WHERE {where} RETURN r.weight AS w ORDER BY w"
                try:
                    found = ask(text)
                except QueryRefusedError:
                    continue
                answered += 1
                assert found == other.query(text, timeout_s=60, max_rows=1000).rows, text
    assert answered >= len(SIDES) * (2 if zone in ("Asia/Shanghai", "UTC") else 0) * 2
    remove_data(neo4j_access)


@pytest.mark.proof(one_in=6)
@pytest.mark.parametrize(
    ("where", "refused"),
    [
        ("r.time >= datetime('2024-02-01')", False),
        ("r.time < datetime('2024-02-01T00:00:00[Asia/Shanghai]')", False),
        ("r.time = datetime('2024-01-31T23:30:00[Asia/Shanghai]')", False),
        ("r.time > datetime('2024-01-31T15:30:00Z')", True),
        ("r.time >= datetime('2024-02-01T00:00:00+08:00')", True),
        ("date(r.time) >= date('2024-02-01')", False),
        ("r.time >= '2024-02-01'", True),
    ],
)
def test_what_may_be_compared_with_a_time_of_shanghai(
    tmp_path: Path, schema: Schema, where: str, refused: bool
) -> None:
    _, ask = embedded(tmp_path, schema, "Asia/Shanghai")
    text = f"MATCH ()-[r:BOUGHT]->() WHERE {where} RETURN count(*) AS n"
    if refused:
        with pytest.raises(QueryRefusedError, match="embedded store"):
            ask(text)
    else:
        assert ask(text)[0][0] in (1, 2)
