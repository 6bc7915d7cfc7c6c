"""Saved link predictors: one folder with JSON and safetensors, as ``graph.recommend.model_io`` writes other models.

They have a relation in place of a target, and no voters, so that the header is their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from graph.atomic_io import atomic_folder
from graph.errors import ModelError, PrerequisiteError
from graph.recommend.base import ModelState
from graph.recommend.features import Vocabulary
from graph.recommend.links.model import FittedLinks
from graph.recommend.model_io import mapped_arrays
from graph.text import TextArray

FORMAT = 1
_HEADER, _TABLES = "links.json", "tables.safetensors"
_HINT = "train it anew with gnn.train_links"


def save_links(model: FittedLinks, directory: Path, *, about: Mapping[str, Any] | None = None) -> Path:
    """Write a predictor as a folder that appears whole or not at all; an existing one is replaced.

    Args:
        model: The predictor.
        directory: The folder to make.
        about: JSON values to keep beside it.

    Returns:
        The folder. Same model and ``about``, same bytes.
    """
    from safetensors.numpy import save

    state = model.state()
    arrays = {f"model/{name}": np.ascontiguousarray(array) for name, array in state.arrays.items()}
    for node_type, texts in model.vocabulary.ids.items():
        arrays[f"ids/{node_type}/offsets"] = np.ascontiguousarray(texts.offsets)
        arrays[f"ids/{node_type}/utf8"] = np.ascontiguousarray(texts.data)
    tables = save(dict(sorted(arrays.items())))
    header = {
        "format": FORMAT,
        "node_types": list(model.vocabulary.ids),
        "facts": dict(state.facts),
        "tables_sha256": hashlib.sha256(tables).hexdigest(),
        "about": dict(about or {}),
    }
    with atomic_folder(directory) as draft:
        (draft / _TABLES).write_bytes(tables)
        text = json.dumps(header, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (draft / _HEADER).write_text(text + "\n", "utf-8")
    return directory


def load_links(directory: Path) -> tuple[FittedLinks, Mapping[str, Any]]:
    """Read a predictor, and what was kept beside it.

    Raises:
        PrerequisiteError: there is none.
        ModelError: the folder is damaged or of another format.
    """
    if not (directory / _HEADER).exists():
        raise PrerequisiteError(f"no link predictor at {directory}", hint="train one with gnn.train_links")
    try:
        header = json.loads((directory / _HEADER).read_text("utf-8"))
        if header["format"] != FORMAT:
            raise ModelError(f"format {header['format']} of link predictors is not {FORMAT}", hint=_HINT)
        file = directory / _TABLES
        if hashlib.sha256(file.read_bytes()).hexdigest() != header["tables_sha256"]:
            raise ValueError("the tables do not have the recorded hash")
        arrays = mapped_arrays(file)
        ids = {
            name: TextArray(arrays[f"ids/{name}/offsets"], arrays[f"ids/{name}/utf8"]) for name in header["node_types"]
        }
        own = {name.removeprefix("model/"): a for name, a in arrays.items() if name.startswith("model/")}
        model = FittedLinks.of_state(Vocabulary(ids), ModelState(header["facts"], own))
        return model, header["about"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{directory} is not a readable link predictor: {error}", hint=_HINT) from None
