"""Reads and writes a graph snapshot as a folder: ``graph.json`` and one uncompressed .npy file per array."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from graph.atomic_io import atomic_folder, write_json
from graph.columns import Array, Coded, EdgeColumn, Edges, Nodes, sortable
from graph.errors import DataError, PrerequisiteError
from graph.ids import IdMap
from graph.schema import MARKET, EdgeKey, EdgeType, Schema
from graph.schema.roles import Meaning
from graph.text import TextArray

FORMAT = 2


def _add_text(arrays: dict[str, Array], name: str, column: TextArray) -> None:
    arrays[f"{name}.offsets"], arrays[f"{name}.utf8"] = column.offsets, column.data


def header_and_arrays(
    nodes_by_type: Mapping[str, Nodes],
    edge_sets: Mapping[EdgeKey, Edges],
    cut_off: int | None,
    zone: str,
    meanings: Mapping[EdgeKey, Meaning] = MappingProxyType({}),
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Header and named arrays of a graph; both the fingerprint and the files are made from these.

    Args:
        nodes_by_type: All nodes.
        edge_sets: All edges.
        cut_off: The t of ``HeteroGraph.until``, or None.
        zone: IANA name of the market's time zone.
        meanings: Meanings of the edge types that differ from the market schema.
    """
    arrays: dict[str, Array] = {}
    header: dict[str, Any] = {"format": FORMAT, "cut_off": cut_off, "zone": zone, "nodes": {}, "edges": []}
    if meanings:
        header["meanings"] = [{"key": list(key), **meaning.to_json()} for key, meaning in sorted(meanings.items())]
    for node_type, nodes in nodes_by_type.items():
        stem = f"node.{node_type}"
        _add_text(arrays, f"{stem}.id", nodes.ids.texts)
        columns = {}
        for name, column in sorted(nodes.columns.items()):
            columns[name] = "text" if isinstance(column, TextArray) else str(column.dtype)
            if isinstance(column, TextArray):
                _add_text(arrays, f"{stem}.col.{name}", column)
            else:
                arrays[f"{stem}.col.{name}"] = column
        for role, flags in nodes.roles.items():
            arrays[f"{stem}.role.{role}"] = flags
        header["nodes"][node_type] = {"count": len(nodes), "columns": columns, "roles": list(nodes.roles)}
    for key, edges in edge_sets.items():
        stem = f"edge.{key}"
        arrays[f"{stem}.src"], arrays[f"{stem}.dst"] = edges.src, edges.dst
        for name, array in (("time", edges.time), ("weight", edges.weight)):
            if array is not None:
                arrays[f"{stem}.{name}"] = array
        columns = {}
        for name, value in sorted(edges.columns.items()):
            columns[name] = "coded" if isinstance(value, Coded) else str(value.dtype)
            if isinstance(value, Coded):
                arrays[f"{stem}.col.{name}"] = value.codes
                _add_text(arrays, f"{stem}.col.{name}.values", value.values)
            else:
                arrays[f"{stem}.col.{name}"] = value
        parts = [n for n in ("time", "weight") if f"{stem}.{n}" in arrays]
        header["edges"].append({"key": list(key), "count": len(edges), "parts": parts, "columns": columns})
    return header, arrays


def fingerprint_of(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> str:
    """SHA-256 over the header and every array with its name."""
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(arrays):
        # datetime64 arrays have no buffer interface, so dates are hashed as int64 days.
        array = sortable(np.ascontiguousarray(arrays[name]))
        data = array.data.cast("B") if array.size else b""
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return digest.hexdigest()


def write_folder(directory: Path, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write what ``header_and_arrays`` returned, atomically."""
    with atomic_folder(directory) as draft:
        for name, array in arrays.items():
            np.save(draft / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
        write_json(draft / "graph.json", header)


def read_folder(directory: Path) -> tuple[dict[str, Any], dict[str, Nodes], dict[EdgeKey, Edges]]:
    """Header, nodes and edges of a folder; the arrays are memory-mapped.

    Raises:
        PrerequisiteError: there is no such folder.
        DataError: the folder is not a graph of a format that this version reads.
    """
    file = directory / "graph.json"
    if not file.exists():
        raise PrerequisiteError(f"no snapshot at {directory}", hint="make one: graphvine data snapshot")
    again = "make it anew: graphvine data snapshot"
    try:
        header = json.loads(file.read_text("utf-8"))
        if header["format"] != FORMAT:
            raise DataError(f"snapshot format {header['format']} is not {FORMAT}", hint=again)
        return (header, *_assemble(directory, header))
    except (KeyError, ValueError, OSError) as error:
        raise DataError(f"{directory} is not a readable snapshot: {error}", hint=again) from None


def _assemble(directory: Path, header: dict[str, Any]) -> tuple[dict[str, Nodes], dict[EdgeKey, Edges]]:
    def load(name: str) -> Array:
        # An empty array cannot be mapped.
        path = directory / f"{name}.npy"
        try:
            # As plain arrays, whose elements are looked up several times as fast as those of ``np.memmap``.
            return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        except ValueError:
            return np.load(path, allow_pickle=False)  # type: ignore[no-any-return]

    def text(name: str) -> TextArray:
        return TextArray(load(f"{name}.offsets"), load(f"{name}.utf8"))

    nodes = {}
    for node_type, facts in header["nodes"].items():
        stem = f"node.{node_type}"
        columns = {
            n: text(f"{stem}.col.{n}") if kind == "text" else load(f"{stem}.col.{n}")
            for n, kind in facts["columns"].items()
        }
        roles = {role: load(f"{stem}.role.{role}") for role in facts["roles"]}
        nodes[node_type] = Nodes(
            IdMap(node_type, text(f"{stem}.id")), MappingProxyType(columns), MappingProxyType(roles)
        )
    edge_sets = {}
    for facts in header["edges"]:
        key = EdgeKey(*facts["key"])
        stem = f"edge.{key}"
        more: dict[str, EdgeColumn] = {
            n: Coded(load(f"{stem}.col.{n}"), text(f"{stem}.col.{n}.values"))
            if kind == "coded"
            else load(f"{stem}.col.{n}")
            for n, kind in facts["columns"].items()
        }
        part = {n: load(f"{stem}.{n}") for n in facts["parts"]}
        edge_sets[key] = Edges(
            load(f"{stem}.src"), load(f"{stem}.dst"), part.get("time"), part.get("weight"), MappingProxyType(more)
        )
    return nodes, edge_sets


def schema_of(header: Mapping[str, Any]) -> Schema:
    """The market schema, with the meanings that the snapshot stores for relations of a user's own schema.

    Raises:
        DataError: this version cannot read a meaning.
    """
    edges = dict(MARKET.edges)
    try:
        for facts in header.get("meanings", ()):
            key = EdgeKey(*facts["key"])
            meaning = Meaning.of_json({name: value for name, value in facts.items() if name != "key"})
            edges[key] = EdgeType(key, meaning)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"the snapshot holds a meaning of a relation that this version cannot read: {error}",
            hint="make it anew: graphvine data snapshot",
        ) from None
    return Schema(MARKET.nodes, MappingProxyType(edges))
