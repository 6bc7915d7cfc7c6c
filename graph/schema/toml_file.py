"""Reads schema.toml: the node types, columns and relations that a user adds to the market schema."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from graph.errors import ConfigError, nearest
from graph.money import currency_of
from graph.number_limits import ANY_NUMBER, Limits
from graph.schema.toml_roles import MEANING_KEYS, meaning_in
from graph.schema.types import (
    RESERVED_COLUMNS,
    TIMES,
    Column,
    ColumnType,
    EdgeKey,
    EdgeType,
    NodeType,
    Schema,
    Sensitivity,
    weight_limits,
    with_times,
)
from graph.toml import check_keys, choice_of, table_of, tables_of, text_list, text_of

_NODE_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,40}")
_RELATION_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,40}")
_COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_COLUMN_KEYS = {"type", "sensitivity", "doc", "values", "currency", "minimum", "maximum"}
_COLUMNS_EXAMPLE = 'columns = { city = "text" }'


def extend_schema(schema: Schema, file: Path) -> Schema:
    """A schema with the node types, columns and edge types of a TOML file added.

    Raises:
        ConfigError: the file cannot be parsed, or a name or type in it is not valid.
    """
    try:
        document = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: {error}", hint="see `graphvine data describe --schema` for an example") from None
    unknown = set(document) - {"nodes", "edges"}
    if unknown:
        raise ConfigError(f"{file}: unknown section {sorted(unknown)[0]!r}", hint="use [nodes.NAME] and [[edges]]")
    nodes, edges, notes = dict(schema.nodes), dict(schema.edges), list(schema.notes)
    added = table_of(document, "nodes", str(file), "[nodes.NAME]")
    for name in added:
        body = table_of(added, name, f"{file}, nodes", f"[nodes.{name}]")
        nodes[name] = _node(name, body, file, nodes.get(name))
    _check_apart("node type", nodes, file)
    for i, body in enumerate(tables_of(document, "edges", str(file)), 1):
        where = f"{file}, [[edges]] number {i}"
        key = _edge_key(body, where, file, nodes)
        edges[key], note = _edge(key, body, where, file, edges.get(key))
        notes += [note] if note else []
    _check_undone(edges, file)
    return Schema(MappingProxyType(nodes), MappingProxyType(edges), tuple(notes))


def _check_undone(edges: Mapping[EdgeKey, EdgeType], file: Path) -> None:
    """Refuse a relation whose ``undoes`` names no relation of role acquire, or one that itself undoes another."""
    for key, edge in edges.items():
        if not edge.meaning.undoes:
            continue
        undone = EdgeKey(key.source, edge.meaning.undoes, key.target)
        fit = {k: e for k, e in edges.items() if e.role == "acquire" and k[::2] == key[::2] and k != key}
        known = [k.relation for k, e in fit.items() if not e.meaning.undoes]
        if undone not in fit:
            what = "which is not a relation of role acquire"
        elif fit[undone].meaning.undoes:
            what = f"which itself undoes {fit[undone].meaning.undoes}"
        else:
            continue
        raise ConfigError(f"{file}: {key} undoes {undone}, {what}", hint=nearest(edge.meaning.undoes, known))


def _node(name: str, body: Mapping[str, Any], file: Path, old: NodeType | None) -> NodeType:
    """The node type of a TOML table, merged into ``old`` where that node type exists already."""
    where = f"{file}, nodes.{name}"
    _check_name(name, _NODE_NAME, file, "node type", "Store")
    check_keys(body, {"columns", "roles", "doc"}, where)
    columns = _columns(table_of(body, "columns", where, _COLUMNS_EXAMPLE), file)
    roles = text_list(body, "roles", where)
    for role in roles:
        _check_name(role, _NODE_NAME, file, "role", "Member")
    old = old or NodeType(name, {})
    roles = tuple(dict.fromkeys((*old.roles, *roles)))
    columns = {**old.columns, **columns}
    _check_apart("role", roles, file)
    # Stores keep a role as a column with this name.
    _check_apart("column", [*(f"role_{role}" for role in roles), *columns], file)
    doc = text_of(body, "doc", where, old.doc)
    return NodeType(name, MappingProxyType(columns), roles, doc)


_EDGE_KEYS = {
    "relation", "source", "target", "weight", "columns", "kinds", "sensitivity", "doc", "words", "minimum", "maximum",
} | MEANING_KEYS  # fmt: skip


def _edge_key(body: Mapping[str, Any], where: str, file: Path, nodes: Mapping[str, NodeType]) -> EdgeKey:
    check_keys(body, _EDGE_KEYS, where)
    missing = {"relation", "source", "target"} - set(body)
    if missing:
        raise ConfigError(f"{where} lacks {sorted(missing)[0]!r}", hint="name relation, source and target")
    key = EdgeKey(*(text_of(body, part, where) for part in EdgeKey._fields))
    _check_name(key.relation, _RELATION_NAME, file, "relation", "VISITED")
    for end in (key.source, key.target):
        if end not in nodes:
            raise ConfigError(f"{file}: {key} uses unknown node type {end!r}", hint=nearest(end, nodes))
    return key


def _edge(key: EdgeKey, body: Mapping[str, Any], where: str, file: Path, old: EdgeType | None) -> tuple[EdgeType, str]:
    """The edge type of a TOML table, merged into ``old`` where it exists already, and a note where it names no role."""
    columns = _columns(table_of(body, "columns", where, _COLUMNS_EXAMPLE), file)
    if columns.get(TIMES, Column("decimal")).type not in ("decimal", "integer"):
        raise ConfigError(f"{where}: the column {TIMES!r} is a number", hint=f"leave {TIMES!r} out; every event has it")
    weight = text_of(body, "weight", where, old.weight if old else "")
    kinds = text_list(body, "kinds", where) or (old.kinds if old else ())
    meaning, note = meaning_in(key, body, where, weight=weight, kinds=kinds, old=old.meaning if old else None)
    kept = dict(old.columns) if old else {}
    if old and old.role != meaning.role:
        kept[TIMES] = replace(kept[TIMES], limits=ANY_NUMBER)  # the new role sets the limits anew
    same = old and (old.role, old.meaning.measure) == (meaning.role, meaning.measure)
    usual = old.limits if old and same else weight_limits(meaning)
    edge = EdgeType(
        key,
        meaning,
        weight=weight,
        columns=with_times({**kept, **columns}, meaning.role),
        kinds=kinds,
        sensitivity=choice_of(
            body, "sensitivity", old.sensitivity if old else "personal", set(get_args(Sensitivity)), where
        ),
        doc=text_of(body, "doc", where, old.doc if old else ""),
        words=text_list(body, "words", where) or (old.words if old else _words_of(key.relation)),
        limits=_weight_limits(body, where, weight, usual),
    )
    return edge, note


def _words_of(relation: str) -> tuple[str, ...]:
    """The word that identifies a relation without ``words``: its name in lower case without underscores."""
    return (relation.lower().replace("_", ""),)


def _check_name(name: str, pattern: re.Pattern[str], file: Path, what: str, example: str) -> None:
    if not pattern.fullmatch(name):
        raise ConfigError(f"{file}: {name!r} is not a valid {what} name", hint=f"write it like {example}")


def _check_apart(what: str, names: Iterable[str], file: Path) -> None:
    """Refuse names that differ only in upper and lower case, since databases treat these as equal."""
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(name.lower(), name)
        if first != name:
            raise ConfigError(
                f"{file}: the {what} {name!r} differs from {first!r} in case only",
                hint=f"write {first!r}, or find another name",
            )


def _columns(body: Mapping[str, object], file: Path) -> dict[str, Column]:
    columns = {}
    for name, spec in body.items():
        _check_name(name, _COLUMN_NAME, file, "column", "city")
        if name in RESERVED_COLUMNS:
            raise ConfigError(
                f"{file}: column name {name!r} is taken", hint=f"reserved: {', '.join(sorted(RESERVED_COLUMNS))}"
            )
        parts = spec if isinstance(spec, dict) else {"type": spec}
        where = f"{file}: column {name!r}"
        if set(parts) - _COLUMN_KEYS:
            raise ConfigError(f"{where} has unknown keys", hint=f"keys: {', '.join(sorted(_COLUMN_KEYS))}")
        for key, choices in (("type", get_args(ColumnType)), ("sensitivity", get_args(Sensitivity))):
            if (key == "type" or key in parts) and parts.get(key) not in choices:
                raise ConfigError(f"{where} has no known {key}", hint=f"choose one of {', '.join(choices)}")
        columns[name] = _column(parts, where)
    return columns


def _column(parts: Mapping[str, Any], where: str) -> Column:
    """The column of a table whose keys, type and sensitivity were checked."""
    kind, values = parts["type"], text_list(parts, "values", where)
    if "values" in parts and (kind != "text" or not all(values) or not values):
        raise ConfigError(
            f"{where} cannot have accepted values",
            hint='a text column may list its accepted values: { type = "text", values = ["app", "web"] }',
        )
    if "currency" in parts and kind not in ("money", "decimal"):
        raise ConfigError(f"{where} has a currency, but is not of type money", hint='give it the type "money"')
    currency = text_of(parts, "currency", where, "CNY" if kind == "money" else "")
    if currency:
        currency_of(currency)
    limits = _limits(parts, where)
    if limits and kind not in ("integer", "decimal", "money"):
        raise ConfigError(f"{where} has limits, but is not a number", hint='give it the type "integer" or "decimal"')
    return Column(kind, parts.get("sensitivity", "open"), text_of(parts, "doc", where), values, currency, limits)


def _limits(body: Mapping[str, Any], where: str, usual: Limits = ANY_NUMBER) -> Limits:
    """Limits from ``minimum`` and ``maximum`` of a table; a missing one is taken from ``usual``."""
    found = {key: body[key] for key in ("minimum", "maximum") if key in body}
    for key, value in found.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ConfigError(f"{where}: {key} = {value!r} is not a number", hint=f"write {key} = 0")
    limits = replace(usual, **found)
    if limits.minimum is not None and limits.maximum is not None and limits.minimum > limits.maximum:
        raise ConfigError(f"{where}: minimum is greater than maximum ({limits})", hint="exchange the two, or name both")
    return limits


def _weight_limits(body: Mapping[str, Any], where: str, weight: str, usual: Limits) -> Limits:
    if not weight and _limits(body, where):
        raise ConfigError(f"{where} has limits, but no weight", hint='name it: weight = "times"')
    return _limits(body, where, usual)
