"""A folder of tables: a header in JSON and arrays in safetensors, never a pickle; read arrays are memory-mapped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from graph.atomic_io import atomic_folder
from graph.recommend.base import Array
from graph.recommend.features import Vocabulary
from graph.text import TextArray

_TABLES = "tables.safetensors"
_DTYPES = {"F64": np.float64, "F32": np.float32, "I64": np.int64, "I32": np.int32, "U8": np.uint8}


def write_tables(
    directory: Path, name: str, header: Mapping[str, Any], arrays: Mapping[str, Array], vocabulary: Vocabulary
) -> Path:
    """Write a folder that appears whole or not at all; an existing one is replaced.

    Args:
        directory: The folder to make.
        name: Of the file for the header.
        header: JSON values; the node types of the vocabulary and the hash of the tables are added.
        arrays: Of float64, float32, int64, int32 or uint8; names that begin with ``ids/`` are taken.
        vocabulary: The ids that the arrays are numbered by.

    Returns:
        The folder. Same values, same bytes.
    """
    from safetensors.numpy import save

    named = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
    for node_type, texts in vocabulary.ids.items():
        named[f"ids/{node_type}/offsets"] = np.ascontiguousarray(texts.offsets)
        named[f"ids/{node_type}/utf8"] = np.ascontiguousarray(texts.data)
    tables = save(dict(sorted(named.items())))
    about = {"node_types": list(vocabulary.ids), "tables_sha256": hashlib.sha256(tables).hexdigest()}
    with atomic_folder(directory) as draft:
        (draft / _TABLES).write_bytes(tables)
        text = json.dumps({**header, **about}, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (draft / name).write_text(text + "\n", "utf-8")
    return directory


def read_tables(directory: Path, header: Mapping[str, Any], *, verify: bool) -> tuple[dict[str, Array], Vocabulary]:
    """The arrays of a folder, and the ids that they are numbered by.

    Args:
        directory: From ``write_tables``.
        header: As it was read from there.
        verify: Whether to compare the tables with their recorded hash, which reads them whole.

    Raises:
        OSError, ValueError, KeyError, TypeError: the folder is damaged.
    """
    file = directory / _TABLES
    if verify and hashlib.sha256(file.read_bytes()).hexdigest() != header["tables_sha256"]:
        raise ValueError("the tables do not have the recorded hash")
    arrays = _mapped_arrays(file)
    ids = {name: TextArray(arrays[f"ids/{name}/offsets"], arrays[f"ids/{name}/utf8"]) for name in header["node_types"]}
    return {name: array for name, array in arrays.items() if not name.startswith("ids/")}, Vocabulary(ids)


def arrays_under(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays whose names begin so, by the rest of their names."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _mapped_arrays(file: Path) -> dict[str, Array]:
    """The arrays of a safetensors file as read-only views of one memory map.

    The format is eight bytes of header length, a JSON header with type, shape and byte range of each array, and the
    bytes; the library's own reader copies every array.
    """
    raw = np.memmap(file, np.uint8, mode="r")
    size = int.from_bytes(raw[:8].tobytes(), "little")
    header = json.loads(raw[8 : 8 + size].tobytes())
    arrays: dict[str, Array] = {}
    for name, facts in header.items():
        if name == "__metadata__":
            continue
        first, last = (8 + size + int(offset) for offset in facts["data_offsets"])
        if last > len(raw):
            raise ValueError("the tables are cut short")
        arrays[name] = raw[first:last].view(_DTYPES[facts["dtype"]]).reshape(facts["shape"])
    return arrays
