from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import ConfigError, DataError
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.sources import find_sources
from graph.schema import MARKET, EdgeKey

NODE = '[[files]]\npath = "u.csv"\nnode = "Person"\nid = "uid"\n'
EDGE = '[[files]]\npath = "e.csv"\nedge = "Person-BOUGHT-Product"\nsource = "u"\ntarget = "i"\n'


def read(tmp_path: Path, text: str) -> tuple:  # type: ignore[type-arg]
    (tmp_path / "mapping.toml").write_text(text, "utf-8")
    return read_mapping(tmp_path / "mapping.toml", MARKET)


def test_node_files_come_first_and_the_zone_is_shared(tmp_path: Path) -> None:
    edge, node = EDGE + 'time_zone = "UTC"\n', NODE
    entries = read(tmp_path, 'time_zone = "Asia/Shanghai"\n' + edge + node)
    assert [(e.path, e.time_zone) for e in entries] == [("u.csv", "Asia/Shanghai"), ("e.csv", "UTC")]
    assert entries[1].edge_types == (EdgeKey("Person", "BOUGHT", "Product"),)
    assert entries[1].used_columns() == {"u": "source", "i": "target"}


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert len(read(tmp_path, "\ufeff" + NODE)) == 1


def test_the_digest_is_of_what_a_record_becomes(tmp_path: Path) -> None:
    (one,), (renamed,), (other,) = (
        read(tmp_path, t) for t in (NODE, NODE.replace("u.csv", "v.csv"), NODE.replace("uid", "x"))
    )
    assert one.digest() == renamed.digest() != other.digest()


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "names no file", "[[files]]"),
        ("x = ", "Invalid value", "TOML"),
        ('[files]\npath = "x"\n', "not a list", "two brackets"),
        ('zone = "UTC"\n' + NODE, "unknown key 'zone'", "time_zone"),
        ('time_zone = "Mars/Base"\n' + NODE, "unknown time zone", "Asia/Shanghai"),
        ("time_zone = 8\n" + NODE, "not text", "time_zone"),
        (NODE.replace("id =", "idd ="), "unknown key 'idd'", "'id'"),
        (NODE.replace('id = "uid"\n', ""), "id is missing", "user_id"),
        (NODE.replace('"uid"', "7"), "not text", "id"),
        (NODE.replace("u.csv", "/u.csv"), "path", "users.csv"),
        (NODE.replace("u.csv", ""), "path", "users.csv"),
        (NODE + 'edge = "Person-BOUGHT-Product"\n', "exactly one of", "node"),
        (NODE.replace("Person", "Persom"), "unknown node type", "'Person'"),
        (NODE + 'roles = "User"\n', "not a list", "roles"),
        (NODE + 'roles = ["Boss"]\n', "no role 'Boss'", "User, KOL"),
        (NODE + 'columns = { citi = "x" }\n', "no column 'citi'", "'city'"),
        (NODE + 'columns = "city"\n', "not a table", "columns"),
        (NODE + 'columns = { city = ["a"] }\n', "not a table", "columns"),
        (NODE + 'weight = "w"\n', "weight means nothing in a file of nodes", "remove"),
        (NODE + 'encoding = "klingon"\n', "unknown encoding", "gb18030"),
        (NODE + 'delimiter = "||"\n', "not one character", ";"),
        (NODE + 'format = "xml"\n', "not a choice", "parquet"),
        (NODE + "format = {}\n", "not a choice", "parquet"),
        (EDGE + 'time_unit = ["s"]\n', "not a choice", "ms"),
        (EDGE.replace("BOUGHT", "ATE"), "unknown edge type", "schema.toml"),
        (EDGE.replace("Person-BOUGHT-Product", "BOUGHT"), "not an edge type", "Person-BOUGHT-Product"),
        (EDGE.replace('target = "i"\n', ""), "target is missing", "column"),
        (EDGE + 'roles = ["User"]\n', "roles means nothing in a file of edges", "remove"),
        (EDGE + 'create = ["both"]\n', "create = 'both'", "source"),
        (EDGE + 'time_unit = "minutes"\n', "not a choice", "ms"),
        (EDGE + 'event_id = "no"\nduplicates = "keep"\n', "contradicts", "remove"),
        (
            EDGE.replace("BOUGHT", "RATED") + 'duplicates = "keep"\ncolumns = { helpfulness = "h" }\n',
            "cannot tell equal events with other 'helpfulness' apart",
            "event_id, or leave helpfulness out",
        ),
        (EDGE.replace('edge = "Person-BOUGHT-Product"', 'relation = "what"'), "relation needs", "behaviour"),
        (EDGE.replace('edge = "Person-BOUGHT-Product"', 'relation = { column = "what" }'), "relation needs", "values"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence_with_a_hint(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_no_mapping_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no mapping file") as caught:
        read_mapping(tmp_path / "mapping.toml", MARKET)
    assert "graphvine init" in caught.value.hint


def test_globs_brackets_and_order(tmp_path: Path) -> None:
    for name in ("e2.csv", "e1.csv", "a[1].csv"):
        (tmp_path / name).write_text("u,i\n")
    (tmp_path / "e3.csv").mkdir()
    entries = read(tmp_path, EDGE.replace("e.csv", "e*.csv") + EDGE.replace("e.csv", "a[1].csv"))
    assert [s.name for s in find_sources(tmp_path, entries)] == ["e1.csv", "e2.csv", "a[1].csv"]


def test_a_path_that_is_no_pattern(tmp_path: Path) -> None:
    # From Python 3.13 on it is a pattern, which matches nothing here.
    with pytest.raises((ConfigError, DataError), match=r"no pattern of files|no such file") as caught:
        find_sources(tmp_path, read(tmp_path, NODE.replace("u.csv", "**.csv")))
    assert caught.value.hint  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("there", "wanted", "message", "hint"),
    [
        ("uu.csv", "u.csv", "no such file", "'uu.csv'"),
        ("other", "u.csv", "no such file", "expects it in"),
        ("u.xlsx", "u.xlsx", "spreadsheet", "save it as CSV"),
        ("u.et", "*", "spreadsheet", "save it as CSV"),
    ],
)
def test_files_that_cannot_be(tmp_path: Path, there: str, wanted: str, message: str, hint: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / there).write_text("x")
    with pytest.raises(DataError, match=message) as caught:
        find_sources(folder, read(tmp_path, NODE.replace("u.csv", wanted)))
    assert hint in caught.value.hint


def test_equal_events_are_kept_apart_where_only_their_kind_is_read(tmp_path: Path) -> None:
    body = EDGE.replace("BOUGHT-Product", "INTERACTED-Person") + 'duplicates = "keep"\ncolumns = { kind = "k" }\n'
    assert read(tmp_path, body)[0].duplicates == "keep"
    fixed = EDGE.replace("BOUGHT", "RATED") + 'duplicates = "keep"\nconstants = { helpfulness = "1" }\n'
    assert read(tmp_path, fixed)[0].constants == {"helpfulness": "1"}
