"""The same query on the embedded index, on a real server, and as written: the same rows, or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from graph.errors import GraphvineError, StoreError
from graph.store.embedded.cypher import build_index, open_index, run
from graph.store.guard.kinds import market_of
from graph.store.neo4j.access import Access
from graph.store.neo4j.connection import connected
from graph.store.neo4j.querying import for_server, run_on_server
from graph.store.result import QueryResult
from tests.graph.store.parity.generator import Generator
from tests.graph.store.parity.plain import agrees, as_written, without_marks
from tests.graph.store.parity.planted import PARAMETERS, SCHEMA, fill_server, market, same_rows
from tests.servers.wiping import wipe

STARTS = ("MATCH", "RETURN", "WITH", "UNWIND", "OPTIONAL")
# Neo4j's own answer to these is no row that Cypher's rules explain, or depends on what it read first.
UNDECIDED = ("shortestPath((a:Person {id: '01'})-[:FOLLOWS*1..6]->(b:Person {id: '01'}))", "datetime()", "date()")
# Queries that the server is asked at a time.
AT_ONCE = 4
Ask = Callable[[str], QueryResult]
Answer = QueryResult | GraphvineError


@dataclass(frozen=True)
class Server:
    """A server with the market on it.

    Attributes:
        ask: Runs a query as the store on a server does.
        ask_as_written: Runs the text as it is, or gives the reason why it failed.
        bare: Holds the market without what a load puts there besides, as long as it is open.
    """

    ask: Ask
    ask_as_written: Callable[[str], QueryResult | str]
    bare: Callable[[], AbstractContextManager[None]]


def texts_of(name: str) -> list[str]:
    """The queries of a file; a line that is none is an expression."""
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    lines = [line for line in lines if line.strip() and not line.startswith("# ")]
    return [line if line.upper().startswith(STARTS) else f"RETURN {line} AS x" for line in lines]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    file = tmp_path_factory.mktemp("parity") / "i.kgl"
    build_index(market(), file, stamp="parity", schema=SCHEMA)
    index = open_index(file)
    return lambda text: run(index, text, PARAMETERS, timeout_s=20, max_rows=2_000)


@pytest.fixture(scope="module")
def server(neo4j_access: Access) -> Iterator[Server]:
    wipe(neo4j_access)
    database, known = neo4j_access.database, market_of(SCHEMA)
    with connected(neo4j_access) as connection, connection.driver.session(database=database) as session:
        fill_server(session, market())
        yield Server(
            lambda text: run_on_server(
                connection.driver,
                for_server(text, PARAMETERS, known),
                database=database,
                market=known,
                timeout_s=20,
                max_rows=2_000,
            ),
            as_written(connection.driver, database, known.labels),
            lambda: without_marks(session, market()),
        )


def answer(ask: Ask, text: str) -> Answer:
    try:
        return ask(text)
    except GraphvineError as error:
        return error


def differences(texts: list[str], embedded: Ask, server: Server) -> list[str]:
    ours = [answer(embedded, text) for text in texts]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        theirs = list(pool.map(lambda text: answer(server.ask, text), texts))
        answered = [number for number in range(len(texts)) if one_answers(ours[number], theirs[number])]
        with server.bare():
            written = dict(zip(answered, pool.map(lambda n: server.ask_as_written(texts[n]), answered), strict=True))
    assert all(a.hint for a in (*ours, *theirs) if isinstance(a, GraphvineError))
    found = [difference(texts[n], ours[n], theirs[n], written[n]) for n in answered]
    told = [one for one in found if one]
    alone = sum(isinstance(ours[n], GraphvineError) for n in answered)
    counted = f"{len(texts)} queries, {len(texts) - len(answered)} refused on both, {alone} by the embedded store alone"
    print(f"{counted}, {len(told)} differ")  # noqa: T201
    return told


def one_answers(ours: Answer, theirs: Answer) -> bool:
    return isinstance(ours, QueryResult) or isinstance(theirs, QueryResult)


def difference(text: str, ours: Answer, theirs: Answer, written: QueryResult | str) -> str:
    """What three answers differ in, in words; empty where they do not, or the embedded store refuses."""
    if any(part in text for part in UNDECIDED):
        return ""
    if isinstance(theirs, GraphvineError):
        return f"only the server refuses: {text}\n  {shown(ours)}\n  {theirs}"
    same = agrees(text, theirs, written)
    if isinstance(ours, QueryResult):
        same = same and ours.columns == theirs.columns and same_rows(text, ours.rows, theirs.rows)
    legs = {"embedded": ours, "server": theirs, "as written": written}
    return "" if same else "\n  ".join([text, *(f"{name:10} {shown(found)}" for name, found in legs.items())])


def shown(found: Answer | str) -> str:
    return f"{found.columns} {found.rows}" if isinstance(found, QueryResult) else str(found)


@pytest.mark.parametrize(("name", "least"), [("hand.txt", 1_200), ("misread.txt", 1_000)])
def test_expressions_and_queries_written_by_hand(name: str, least: int, embedded: Ask, server: Server) -> None:
    texts = texts_of(name)
    assert len(texts) >= least
    found = differences(texts, embedded, server)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("seed", [11, 12])
def test_queries_of_a_small_grammar(seed: int, embedded: Ask, server: Server) -> None:
    generator = Generator(seed)
    found = differences([generator.query() for _ in range(80)], embedded, server)
    assert not found, "\n".join(found)


def test_known_answers(embedded: Ask, server: Server) -> None:
    known = {
        "MATCH (n) RETURN count(n) AS n": [(16,)],
        "MATCH (p:Person {id: '1'}) RETURN labels(p) AS l": [(["Person", "KOL", "User"],)],
        "MATCH (a:Person)-[:FOLLOWS]-(b:Person)-[:FOLLOWS]-(c:Person) RETURN count(*) AS n": [(40,)],
        "UNWIND [3, 1, 2] AS x WITH x AS y RETURN y AS y, count(*) AS n ORDER BY y": [(1, 1), (2, 1), (3, 1)],
        "RETURN round(-2.5) AS a, round(1.005, 2) AS b, round(-2.345, 2) AS c": [(-2.0, 1.01, -2.35)],
        "RETURN datetime({epochMillis: 1500}) AS t": [("1970-01-01T00:00:01.500000Z",)],
        "RETURN duration({hours: 25, days: 1}) AS d": [("P1DT25H",)],
        "MATCH (p:Person) WHERE p.id = '[\"ann\"]' AND p.city = 'Paris' RETURN p.id AS i": [],
        "MATCH (p:Person {id: 'ann'})-[e:VIEWED]->() RETURN e AS e": [
            ({"type": "VIEWED", "properties": {"time": "2026-01-01T00:00:05Z", "weight": 2.0}},)
        ],
    }
    for text, rows in known.items():
        assert (text, embedded(text).rows) == (text, rows)
        assert (text, server.ask(text).rows) == (text, rows)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("MATCH (e:Person) WHERE e.joined > '2026-01-01' RETURN e", "time is compared with text"),
        ("MATCH (e:Person) WHERE e.joined > date('2026-01-01') RETURN e", "time is compared with date"),
        ("MATCH (p:Person) RETURN p.type AS t", "no node in this market has the property type"),
        ("MATCH (p:Person)-[e]->() RETURN e.event AS t", "has the property event"),
        ("MATCH (p:GraphvineMeta) RETURN p", "store's own"),
        ("MATCH (p:Person) RETURN toString(p.cost) AS t", "tostring"),
        ("MATCH (p:Person) RETURN 'x' + p.cost AS t", "text"),
        ("MATCH (p:Person) RETURN DISTINCT CASE WHEN p:KOL THEN 1 ELSE 1.5 END AS t", "integers and decimals"),
        ("RETURN 1 AS x UNION RETURN 1.0 AS x", "integers and decimals"),
        ("RETURN date('2026-01-01') + duration({hours: 30}) AS d", "hours"),
        ("RETURN 'a' =~ '(a+)+' AS d", "regular expression"),
        ("RETURN $gone AS x", "has no value"),
    ],
)
def test_both_refuse_alike(text: str, sentence: str, embedded: Ask, server: Server) -> None:
    ours, theirs = answer(embedded, text), answer(server.ask, text)
    assert isinstance(ours, StoreError)
    assert str(ours) == str(theirs)
    assert sentence in str(ours)
