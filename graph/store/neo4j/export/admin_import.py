"""Exports the embedded store as files for ``neo4j-admin database import full``, the fastest way into an empty database.

The files contain the ledger and the loads too, so that graphvine recognises the database afterwards: files that were
loaded are known, and the next load adds only what is new. The import tool cannot write empty lists. They are exported
as a chunk of the last load, which the next load applies as after an interrupted load.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import PrerequisiteError, StoreError
from graph.schema import Column, ColumnType, EdgeKey, Schema
from graph.store.embedded.store import EmbeddedStore
from graph.store.embedded.tables import with_held_columns, zone_in
from graph.store.neo4j.export.empty_lists import has_no_empty_list, stage_empty_lists
from graph.store.neo4j.load.ledger import BATCH_FACTS, COMPLETE, FILE_FACTS, KEYS, SEALED
from graph.store.neo4j.load.split_chunks import EVENT, exact_value
from graph.store.neo4j.model import BATCH, CHUNK, FILE, FORMAT, LOAD, META, OWNED, edge_columns
from graph.zones import UTC

if TYPE_CHECKING:
    import duckdb

ARGUMENTS, STEPS = "import.args", "import.txt"
_TEXT = """\
# Into an empty database {database!r}; a database that is there is replaced only where you add
# --overwrite-destination to the command. Run it in this folder, as the user that the server runs as.
neo4j stop
{command}
neo4j start
# Makes the constraints, and brings to an end what the import tool cannot do. Nothing is loaded twice.
graphvine data load --store neo4j
"""
_CSV: dict[ColumnType, str] = {
    "text": "string", "list": "string[]", "integer": "long", "time": "datetime", "decimal": "double",
    "money": "double", "boolean": "boolean", "date": "date",
}  # fmt: skip
# Candidates for the separator of list items; the first one that occurs in no item is used.
_SEPARATORS = "\x1f\x1e\x1d\x1c\x02\x03"
# Range of times that the import tool can read: the years 1 to 9999.
_FIRST, _LAST = -62_135_596_800, 253_402_300_799


@dataclass(frozen=True)
class ImportFiles:
    """The written files.

    Attributes:
        folder: The folder.
        rows: Node or edge type to its number of rows, including the types of the ledger.
        command: The command that imports the files; run it in the folder while the server is stopped.
    """

    folder: Path
    rows: Mapping[str, int]
    command: str


@dataclass(frozen=True)
class _File:
    """The file of one type: its header, the query for its rows, and the import option that names it."""

    type: str
    header: str
    query: str
    option: str


def export_for_import(store: EmbeddedStore, folder: Path, *, database: str = "neo4j") -> ImportFiles:
    """Write the files and a file with the arguments of the import tool.

    Args:
        store: The store.
        folder: An empty or missing folder to write to.
        database: Name of the database that the import creates.

    Raises:
        PrerequisiteError: there is no store, or nothing was loaded into it.
        StoreError: the folder is not empty, or the store has a time that the import tool cannot read.
    """
    if folder.exists() and any(folder.iterdir()):
        raise StoreError(f"{folder} is not empty", hint="name a new folder")
    with store.connected(read_only=True) as connection:
        if not connection.execute("SELECT 1 FROM loads LIMIT 1").fetchall():
            raise PrerequisiteError("nothing was loaded yet", hint="load some data first: graphvine data load")
        folder.mkdir(parents=True, exist_ok=True)
        found = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        tables = frozenset(name for (name,) in found)
        schema = with_held_columns(connection, store.schema)
        mark = _separator(connection, schema, tables)
        stage_empty_lists(connection, schema, tables, mark=mark)
        options, rows = [], {}
        for file in _files(connection, schema, tables, mark=mark):
            (folder / f"{file.type}.header.csv").write_text(file.header + "\n", "utf-8")
            path = str(folder / f"{file.type}.csv").replace("'", "''")
            copy = f"COPY ({file.query}) TO '{path}' (FORMAT csv, HEADER false, QUOTE '\"', ESCAPE '\"', NULLSTR '')"
            rows[file.type] = int(connection.execute(copy).fetchall()[0][0])
            # Newer versions of neo4j-admin require a folder in each file name, hence "./".
            options.append(f"{file.option}=./{file.type}.header.csv,./{file.type}.csv")
    reading = [f"--array-delimiter=U+{ord(mark):04X}", "--multiline-fields=true", "--bad-tolerance=0"]
    (folder / ARGUMENTS).write_text("\n".join([*reading, *options]) + "\n", "utf-8")
    command = f"neo4j-admin database import full {shlex.quote(database)} @{ARGUMENTS}"
    (folder / STEPS).write_text(_TEXT.format(database=database, command=command), "utf-8")
    return ImportFiles(folder, rows, command)


def _files(
    connection: duckdb.DuckDBPyConnection, schema: Schema, tables: Collection[str], *, mark: str
) -> Iterator[_File]:
    zone = zone_in(connection) or UTC
    for name, node in schema.nodes.items():
        if f"node_{name}" in tables:
            _require_times(connection, f"node_{name}", node.columns)
            yield _node_file(schema, name, mark, zone)
    for key in schema:
        if f"edge_{key}" in tables:
            _require_times(connection, f"edge_{key}", edge_columns(schema, key))
            yield _edge_file(schema, key, mark, zone)
    yield from _ledger_files(connection, mark, zone)


def _ledger_files(connection: duckdb.DuckDBPyConnection, mark: str, zone: str) -> Iterator[_File]:
    state = SEALED if connection.execute("SELECT 1 FROM staged LIMIT 1").fetchall() else COMPLETE
    query = f"SELECT 'store', value, {FORMAT}, '{COMPLETE}', '{zone}' FROM meta WHERE key = 'store'"
    yield _internal(META, {"store": "string", "format": "long", "state": "string", "zone": "string"}, query)
    last = f"CASE load WHEN (SELECT max(load) FROM loads) THEN '{state}' ELSE '{COMPLETE}' END"
    query = f"SELECT id, id, load, loaded_at, {last} FROM loads"
    yield _internal(LOAD, {"id": "string", "number": "long", "at": "long", "state": "string"}, query)
    texts = ("batch", "file", "type")
    for label, facts, table in ((BATCH, BATCH_FACTS, "ledger"), (FILE, FILE_FACTS, "files")):
        kinds = {name: "string" if name in texts else "long[]" if name == "refused" else "long" for name in facts}
        values = [
            f"array_to_string(refused::VARCHAR[], '{mark}')" if name == "refused" else f'"{name}"' for name in facts
        ]
        yield _internal(label, kinds, f'SELECT {KEYS[table]}, {", ".join(values)} FROM "{table}"')
    kinds = {"load": "string", "ordinal": "long", "type": "string", "roles": "string[]", "rows": "long"}
    kinds |= {"buckets": "string[]", "payload": "byte[]"}
    yield _internal(CHUNK, kinds, "SELECT * FROM staged")


def _node_file(schema: Schema, name: str, mark: str, zone: str) -> _File:
    spec = schema.node(name)
    labels = f"'{name}{mark}{OWNED}'" + "".join(
        f" || CASE WHEN \"role_{r}\" THEN '{mark}{r}' ELSE '' END" for r in spec.roles
    )
    columns = [f'"{c}:{_CSV[s.type]}"' for c, s in spec.columns.items()]
    values = [_value(s, c, mark, zone) for c, s in spec.columns.items()]
    return _File(
        name,
        ",".join([f"id:ID({name})", ":LABEL", *columns]),
        f'SELECT {", ".join(["id", labels, *values])} FROM "node_{name}" ORDER BY id',
        "--nodes",
    )


def _edge_file(schema: Schema, key: EdgeKey, mark: str, zone: str) -> _File:
    specs = edge_columns(schema, key)
    values = [_value(s, c, mark, zone, "e.") for c, s in specs.items()]
    columns = [f'"{c}:{_CSV[s.type]}"' for c, s in specs.items()]
    return _File(
        str(key),
        ",".join([f":START_ID({key.source})", f":END_ID({key.target})", "event:string", *columns]),
        f'SELECT s.id, d.id, {", ".join([EVENT, *values])} FROM "edge_{key}" e'
        f' JOIN "node_{key.source}" s ON s.n = e.src JOIN "node_{key.target}" d ON d.n = e.dst'
        f"{has_no_empty_list(specs)}"
        # In the order of nodes, the relationships of a node are stored close together.
        " ORDER BY s.id, d.id, e.event",
        f"--relationships={key.relation}",
    )


def _internal(label: str, kinds: Mapping[str, str], query: str) -> _File:
    """A file of ledger nodes; the first column is their key."""
    header = [f"key:ID({label})", *(f"{name}:{kind}" for name, kind in kinds.items())]
    return _File(label, ",".join(header), query, f"--nodes={label}:{OWNED}")


def _value(column: Column, name: str, mark: str, zone: str, table: str = "") -> str:
    """SQL expression of a column in the format of the import tool."""
    if column.type == "time":
        return _time(f'{table}"{name}"', zone)
    if column.type == "list":
        return f"array_to_string(from_json({table}\"{name}\", '[\"VARCHAR\"]'), '{mark}')"
    return exact_value(column, name, table)


def _time(seconds: str, zone: str) -> str:
    """SQL expression of UTC seconds as a local time of the zone, with offset (needed when clocks go back)."""
    form = "'%Y-%m-%dT%H:%M:%S'"
    if zone == UTC:
        return f"strftime(make_timestamp({seconds} * 1000000), {form}) || 'Z'"
    local = f"timezone('{zone}', make_timestamptz({seconds} * 1000000))"
    offset = f"(epoch({local})::BIGINT - {seconds})"
    shown = f"strftime(make_timestamp(abs({offset}) * 1000000), '%H:%M')"
    signed = f"CASE WHEN {offset} < 0 THEN '-' ELSE '+' END || {shown}"
    # Until the 1930s some offsets have seconds, which the tool cannot read; then only the zone is written.
    return f"strftime({local}, {form}) || CASE WHEN {offset} % 60 = 0 THEN {signed} ELSE '' END || '[{zone}]'"


def _separator(connection: duckdb.DuckDBPyConnection, schema: Schema, tables: Collection[str]) -> str:
    """A separator that occurs in no list item."""
    columns = [(f"node_{name}", column) for name, node in schema.nodes.items() for column in _lists(node.columns)]
    columns += [(f"edge_{key}", column) for key in schema for column in _lists(schema.edge(key).columns)]
    for mark in _SEPARATORS:
        # In the stored JSON it appears as an escape.
        written = f"\\u{ord(mark):04x}"
        query = 'SELECT 1 FROM "{}" WHERE contains(lower("{}"), \'{}\') LIMIT 1'
        if not any(
            connection.execute(query.format(table, column, written)).fetchall()
            for table, column in columns
            if table in tables
        ):
            return mark
    raise StoreError(
        "lists hold all the control characters that could stand between their items",
        hint="load the files into Neo4j instead: graphvine data load --store neo4j",
    )


def _lists(columns: Mapping[str, Column]) -> list[str]:
    return [name for name, spec in columns.items() if spec.type == "list"]


def _require_times(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, Column]) -> None:
    for name, spec in columns.items():
        if spec.type != "time":
            continue
        query = f'SELECT "{name}" FROM "{table}" WHERE "{name}" NOT BETWEEN {_FIRST} AND {_LAST} LIMIT 1'
        for (value,) in connection.execute(query).fetchall():
            raise StoreError(
                f"{table.partition('_')[2]}.{name} holds {value} s, which lies outside of the years 1 to 9999",
                hint="load the files into Neo4j instead: graphvine data load --store neo4j",
            )
