"""An address and a password: what is taken, what is refused, and that the password does not show."""

from __future__ import annotations

import pytest

from graph.errors import ConfigError
from graph.store.neo4j.access import Access

SECRET = "hunter2-秘密"


def test_the_password_does_not_show() -> None:
    access = Access("bolt://localhost:7687", "neo4j", SECRET)
    for text in (repr(access), str(access), f"{access}", repr([access]), repr({"access": access})):
        assert SECRET not in text
        assert "bolt://localhost:7687" in text
    assert access.database == "neo4j"


@pytest.mark.parametrize(
    "uri",
    [
        "bolt://localhost:7687", "bolt://localhost", "bolt+s://graph.example:7687", "bolt+ssc://10.0.0.1:7687",
        "neo4j://localhost", "neo4j+s://abc123.databases.example", "neo4j+ssc://[::1]:7687", "bolt://[::1]:7687",
    ],
)  # fmt: skip
def test_addresses_of_neo4j(uri: str) -> None:
    assert Access(uri, "neo4j", SECRET).uri == uri


@pytest.mark.parametrize(
    "uri",
    [
        "", "localhost", "localhost:7687", "http://localhost:7474", "https://localhost", "bolt:localhost", "bolt://",
        "bolt:///neo4j", "bolt://localhost:99999", "bolt://localhost:port", "bolt://localhost:0", "BOLT+X://localhost",
        "bolt://[::1", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_other_addresses_are_named(uri: str) -> None:
    with pytest.raises(ConfigError, match="is not an address of a Neo4j server") as caught:
        Access(uri, "neo4j", SECRET)
    assert repr(uri) in caught.value.message
    assert "bolt://localhost:7687" in caught.value.hint
    assert SECRET not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "uri", [f"bolt://neo4j:{SECRET}@localhost:7687", f"bolt://{SECRET}@localhost", f"neo4j+s://a:{SECRET}@[::1"]
)
def test_a_password_in_the_address_is_refused_and_not_repeated(uri: str) -> None:
    with pytest.raises(ConfigError, match="must hold no user name and no password") as caught:
        Access(uri, "neo4j", SECRET)
    assert SECRET not in caught.value.message + caught.value.hint
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("database", ["", "  "])
def test_a_database_needs_a_name(database: str) -> None:
    with pytest.raises(ConfigError, match="the name of the database is empty"):
        Access("bolt://localhost", "neo4j", SECRET, database)


def test_the_database_of_the_server_itself_holds_no_graph() -> None:
    with pytest.raises(ConfigError, match="'system' holds no graph"):
        Access("bolt://localhost", "neo4j", SECRET, "system")
