"""Reads the mapping file: which file holds which nodes or edges, and what its columns mean.

::

    time_zone = "Asia/Shanghai"            # of times without an offset

    [[files]]
    path = "users.csv"                     # relative to the mapping file; "2026/*.csv" and "orders/" name several
    node = "Person"
    roles = ["User"]
    id = "user_id"
    columns = { name = "name", city = "city" }       # ours = theirs

    [[files]]
    path = "orders.csv"
    edge = "Person-BOUGHT-Product"
    source = "user"
    target = "item"
    time = "ts"
    time_unit = "s"                        # s, ms, us or text
    weight = "amount"
    event_id = "order_no"                  # or "derive"
    duplicates = "collapse"                # or "keep"; only where event_id is derived, and no column but kind is read
    create = ["source", "target"]          # create the nodes of edges that no node file lists
    ignore = ["note"]
    rules = [{ check = "unique", column = "order_no", severity = "stop" }]   # see graph.ingest.rules.declare

    [[files]]
    path = "events.csv"
    source = "user"
    target = "item"
    relation = { column = "behaviour", values = { view = "Person-VIEWED-Product", buy = "Person-BOUGHT-Product" } }

An entry may declare how its file is written; what it leaves open is guessed, and ``data check`` shows the guesses::

    encoding = "gb18030"                   # a codec; "utf-8+gb18030" tries both on each line
    delimiter = ";"
    header_row = 17                        # the line that names the columns, where an export has others above it
    footer_rows = 5                        # lines below the records that are no records
    decimal = ","                          # 1.234,50
    currency = "CNY"
    date_order = "dmy"                     # 31/12/2026
    list_separator = "|"
    missing = ["-", "NULL"]                # words that mean an empty cell
"""

from __future__ import annotations

import difflib
import tomllib
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from graph.errors import ConfigError
from graph.ingest.decoding.encoding import check_encoding
from graph.ingest.formats import FORMATS
from graph.ingest.mapping.file_mapping import DERIVE, MISSING_WORDS, FileMapping
from graph.ingest.rules.declare import rules_of
from graph.money import currency_of
from graph.schema import EdgeKey, Schema
from graph.schema.market import EXAMPLE
from graph.toml import check_keys, choice_of, count_of, tables_of, text_list, text_of, text_table

_KEYS = {f for f in FileMapping.__dataclass_fields__ if f not in ("relation_column", "relations")} | {"relation"}


def read_mapping(file: Path, schema: Schema) -> tuple[FileMapping, ...]:
    """The entries of a mapping file, checked against the schema, node files first.

    Raises:
        ConfigError: the file cannot be parsed, or an entry names something that does not exist.
    """
    try:
        document = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"no mapping file {file}", hint=f"let graphvine propose one: graphvine init {file.parent}"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"{file}: {error}",
            hint="the file must be TOML in UTF-8; a key with Chinese characters needs quotation marks",
        ) from None
    check_keys(document, {"time_zone", "files"}, f"{file}")
    zone = _zone(text_of(document, "time_zone", str(file)), str(file))
    files = tables_of(document, "files", str(file))
    entries = [_entry(body, f"{file}, [[files]] number {i}", schema, zone) for i, body in enumerate(files, 1)]
    if not entries:
        raise ConfigError(
            f"{file} names no file", hint="add a [[files]] entry, or make a new one: graphvine init --force"
        )
    return tuple(sorted(entries, key=lambda entry: not entry.node))


def _zone(name: str, where: str) -> str:
    if name:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, IsADirectoryError):
            raise ConfigError(
                f"{where}: unknown time zone {name!r}", hint='write it like "Asia/Shanghai" or "UTC"'
            ) from None
    return name


def _edge_key(text: str, where: str, schema: Schema) -> EdgeKey:
    parts = text.split("-")
    if len(parts) != 3:
        raise ConfigError(f"{where}: {text!r} is not an edge type", hint=f'write it like "{EXAMPLE}"')
    return schema.edge(EdgeKey(*parts)).key


def _relation(body: Mapping[str, Any], where: str, schema: Schema) -> tuple[str, Mapping[str, EdgeKey]]:
    if "relation" not in body:
        return "", MappingProxyType({})
    table = f'{{ buy = "{EXAMPLE}" }}'
    example = f'{{ column = "behaviour", values = {table} }}'
    relation = body["relation"]
    if not isinstance(relation, dict) or not relation.get("column") or not relation.get("values"):
        raise ConfigError(f"{where}: relation needs a column and values", hint=f"write relation = {example}")
    check_keys(relation, {"column", "values"}, f"{where}, relation")
    values = text_table(relation, "values", where, table)
    keys = {value: _edge_key(edge, where, schema) for value, edge in values.items()}
    return text_of(relation, "column", where), MappingProxyType(keys)


def _entry(body: Mapping[str, Any], where: str, schema: Schema, zone: str) -> FileMapping:
    check_keys(body, _KEYS, where)
    if not text_of(body, "path", where) or Path(body["path"]).is_absolute():
        raise ConfigError(f"{where}: path must name a file beside the mapping", hint='path = "users.csv"')
    where = f"{where} ({body['path']})"
    if sum(kind in body for kind in ("node", "edge", "relation")) != 1:
        raise ConfigError(f"{where}: name exactly one of node, edge, relation", hint='for example node = "Person"')
    for key in ("id",) if "node" in body else ("source", "target"):
        if not text_of(body, key, where):
            raise ConfigError(f"{where}: {key} is missing", hint=f'name the column: {key} = "user_id"')
    column, relations = _relation(body, where, schema)
    entry = FileMapping(
        path=body["path"],
        node=schema.node(text_of(body, "node", where)).name if "node" in body else "",
        edge=_edge_key(text_of(body, "edge", where), where, schema) if "edge" in body else None,
        relation_column=column,
        relations=relations,
        id=text_of(body, "id", where),
        source=text_of(body, "source", where),
        target=text_of(body, "target", where),
        time=text_of(body, "time", where),
        time_unit=choice_of(body, "time_unit", "text", {"s", "ms", "us", "text"}, where),
        weight=text_of(body, "weight", where),
        event_id=text_of(body, "event_id", where, DERIVE),
        duplicates=choice_of(body, "duplicates", "collapse", {"collapse", "keep"}, where),
        create=text_list(body, "create", where),
        roles=text_list(body, "roles", where),
        columns=MappingProxyType(text_table(body, "columns", where, '{ name = "user_name" }')),
        constants=MappingProxyType(text_table(body, "constants", where, '{ kind = "like" }')),
        ignore=text_list(body, "ignore", where),
        format=choice_of(body, "format", "auto", {"auto", *FORMATS}, where),
        encoding=text_of(body, "encoding", where, "auto"),
        delimiter=text_of(body, "delimiter", where, "auto"),
        header_row=count_of(body, "header_row", where),
        footer_rows=count_of(body, "footer_rows", where),
        decimal=choice_of(body, "decimal", "auto", {"auto", ".", ","}, where),
        currency=text_of(body, "currency", where, "CNY"),
        list_separator=text_of(body, "list_separator", where, "auto"),
        date_order=choice_of(body, "date_order", "ymd", {"ymd", "dmy", "mdy"}, where),
        missing=text_list(body, "missing", where) if "missing" in body else MISSING_WORDS,
        rules=rules_of(tables_of(body, "rules", where), where, schema=schema, time=text_of(body, "time", where)),
        time_zone=_zone(text_of(body, "time_zone", where, zone), where),
    )
    _check_kind(entry, body, where)
    _check_columns(entry, where, schema)
    return entry


# Keys that mean something for files of nodes only, and of edges only.
_NODE_KEYS = {"id", "roles"}
_EDGE_KEYS = {"source", "target", "time", "weight", "event_id", "duplicates", "create"}


def _check_kind(entry: FileMapping, body: Mapping[str, Any], where: str) -> None:
    wrong = sorted((_EDGE_KEYS if entry.node else _NODE_KEYS) & set(body))
    if wrong:
        what = "nodes" if entry.node else "edges"
        raise ConfigError(f"{where}: {wrong[0]} means nothing in a file of {what}", hint="remove it from this entry")
    if entry.event_id != DERIVE and entry.duplicates == "keep":
        raise ConfigError(
            f'{where}: duplicates = "keep" contradicts event_id = {entry.event_id!r}',
            hint="events with an id of their own are told apart by it; remove one of the two",
        )
    further = sorted(set(entry.columns) - {"kind"})
    if entry.duplicates == "keep" and further:
        raise ConfigError(
            f'{where}: duplicates = "keep" cannot tell equal events with other {further[0]!r} apart',
            hint=f"name the column of an event_id, or leave {', '.join(further)} out of columns",
        )
    declared = FORMATS.get(entry.format)
    if (entry.header_row or entry.footer_rows) and declared and not declared.has_other_lines:
        raise ConfigError(
            f"{where}: {entry.format} files have no lines above or below their records",
            hint="leave header_row and footer_rows out",
        )
    currency_of(entry.currency)
    if entry.encoding != "auto":
        check_encoding(entry.encoding)
    if entry.delimiter != "auto" and (len(entry.delimiter) != 1 or entry.delimiter in '"\r\n'):
        raise ConfigError(f"{where}: delimiter = {entry.delimiter!r} is not one character", hint='for example ";"')


def _check_columns(entry: FileMapping, where: str, schema: Schema) -> None:
    for end in entry.create:
        if end not in ("source", "target"):
            raise ConfigError(f"{where}: create = {end!r}", hint='create = ["source", "target"]')
    if entry.node:
        node = schema.node(entry.node)
        known = set(node.columns)
        for role in entry.roles:
            if role not in node.roles:
                raise ConfigError(
                    f"{where}: {entry.node} has no role {role!r}", hint=f"roles: {', '.join(node.roles) or 'none'}"
                )
    else:
        known = set.intersection(*({*schema.edge(key).columns} for key in entry.edge_types))
    for ours in (*entry.columns, *entry.constants):
        if ours not in known:
            what = entry.node or ", ".join(map(str, entry.edge_types))
            near = difflib.get_close_matches(ours, known, n=1)
            hint = (
                f"did you mean {near[0]!r}?"
                if near
                else f"columns: {', '.join(sorted(known)) or 'none'}; more in schema.toml"
            )
            raise ConfigError(f"{where}: {what} has no column {ours!r}", hint=hint)
