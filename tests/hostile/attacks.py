"""The attacks that are dressed up in many ways, and the canary that shows when one of them got through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Family = Callable[["Canary"], Iterable[str]]


@dataclass(frozen=True)
class Canary:
    """A file and an address that nobody may open.

    Attributes:
        file: An absolute path.
        address: Host and port.
    """

    file: str = "/etc/passwd"
    address: str = "127.0.0.1:9"


@dataclass(frozen=True)
class Attack:
    """A text and the words in it that make it one."""

    text: str
    words: tuple[str, ...]

    def with_words(self, change: Callable[[str], str]) -> str:
        """The text with each of its attacking words changed."""
        text = self.text
        for word in self.words:
            text = text.replace(word, change(word))
        return text

    def with_spaces(self, space: str) -> str:
        """The text with something else for each space outside its strings."""
        parts = self.text.split("'")
        return "'".join(part.replace(" ", space) if i % 2 == 0 else part for i, part in enumerate(parts))


WRITES = (
    Attack("MATCH (n:Person) SET n.hacked = 1", ("SET",)),
    Attack("MATCH (n:Person) DETACH DELETE n", ("DETACH", "DELETE")),
    Attack("CREATE (n:Hacked {id: 'x'}) RETURN n", ("CREATE",)),
    Attack("MERGE (n:Hacked {id: 'x'}) RETURN n", ("MERGE",)),
    Attack("MATCH (n:Person) REMOVE n.name", ("REMOVE",)),
    Attack("FOREACH (i IN [1, 2] | CREATE (:Hacked {i: i}))", ("FOREACH", "CREATE")),
    Attack("MATCH (n:Person) CALL { WITH n SET n.hacked = 1 } RETURN n", ("CALL", "SET")),
)
SPIES = (
    Attack("CALL db.labels() YIELD label RETURN label", ("CALL", "YIELD")),
    Attack("CALL dbms.listConfig() YIELD name, value RETURN name, value", ("CALL", "YIELD")),
    Attack("SHOW SETTINGS", ("SHOW",)),
    Attack("TERMINATE TRANSACTION 'neo4j-transaction-1'", ("TERMINATE",)),
    Attack("DROP INDEX hacked IF EXISTS", ("DROP",)),
)


def core(canary: Canary) -> tuple[Attack, ...]:
    """Short attacks of every kind, each of which a real engine understands as it stands."""
    reads = (
        Attack(f"LOAD CSV FROM 'file://{canary.file}' AS line RETURN line", ("LOAD", "CSV")),
        Attack(f"LOAD CSV WITH HEADERS FROM 'http://{canary.address}/x.csv' AS line RETURN line", ("LOAD", "CSV")),
    )
    return (*WRITES, *reads, *SPIES)


def plain(*texts: str) -> Family:
    """A family that is written out and needs no canary."""
    return lambda _: texts
