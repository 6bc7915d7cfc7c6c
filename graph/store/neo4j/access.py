"""Address and credentials of a Neo4j database."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from graph.errors import ConfigError

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


@dataclass(frozen=True)
class Access:
    """Address and credentials; ``repr`` does not show the password.

    Attributes:
        uri: For example ``bolt://localhost:7687``; ``bolt+s`` and ``neo4j+s`` are encrypted.
        username: The user.
        password: Their password.
        database: Name of the database; Community has one for users, ``neo4j``.

    Raises:
        ConfigError: the URI is not valid for Neo4j drivers, or contains a password.
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
        # Do not repeat the address in the message: before an @ there may be a password.
        if hidden:
            raise ConfigError(
                "the address of Neo4j must hold no user name and no password",
                hint="give them as NEO4J_USERNAME and NEO4J_PASSWORD, or in a file of mode 600",
            )
        if not known:
            raise ConfigError(
                f"{self.uri[:80]!r} is not an address of a Neo4j server",
                hint=f"it looks like bolt://localhost:7687; known: {', '.join(f'{s}://' for s in SCHEMES)}",
            )
        if not self.database.strip():
            raise ConfigError("the name of the database is empty", hint="neo4j is the usual one")
        if self.database.lower() == "system":
            raise ConfigError(f"the database {self.database!r} holds no graph", hint="neo4j is the usual one")
