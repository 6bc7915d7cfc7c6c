"""Where a Neo4j database is, and what opens it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from graph.errors import ConfigError

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


@dataclass(frozen=True)
class Access:
    """A database and the right to use it; the password never shows in a text form of it.

    Attributes:
        uri: For example ``bolt://localhost:7687``; ``bolt+s`` and ``neo4j+s`` are encrypted.
        username: The user.
        password: Their password.
        database: Name of the database; Community has one for users, ``neo4j``.

    Raises:
        ConfigError: the URI is of no form that Neo4j drivers know, or holds a password.
    """

    uri: str
    username: str
    password: str = field(repr=False)
    database: str = "neo4j"

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.uri)
            known = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
            hidden = "@" in parts.netloc
        except ValueError:
            known, hidden = False, "@" in self.uri
        # The text is not repeated: where it holds an @, it may hold a password.
        if hidden:
            raise ConfigError(
                "the address of Neo4j must hold no user name and no password",
                hint="give them as NEO4J_USERNAME and NEO4J_PASSWORD, or in a file of mode 600",
            )
        if not known:
            raise ConfigError(
                f"{self.uri[:80]!r} is no address of a Neo4j server",
                hint=f"it looks like bolt://localhost:7687; known: {', '.join(f'{s}://' for s in SCHEMES)}",
            )
        if not self.database.strip():
            raise ConfigError("the name of the database is empty", hint="neo4j is the usual one")
        if self.database.lower() == "system":
            raise ConfigError(f"the database {self.database!r} holds no graph", hint="neo4j is the usual one")
