"""Saved link predictors: a folder of tables (``tables_io``), as ``graph.recommend.model_io`` writes other models.

They have a relation in place of a target, and no voters, so that the header is their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graph.errors import ModelError, PrerequisiteError
from graph.recommend.base import ModelState
from graph.recommend.links.model import FittedLinks
from graph.recommend.tables_io import arrays_under, read_tables, write_tables

FORMAT = 1
_HEADER = "links.json"
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
    state = model.state()
    arrays = {f"model/{name}": array for name, array in state.arrays.items()}
    header = {"format": FORMAT, "facts": dict(state.facts), "about": dict(about or {})}
    return write_tables(directory, _HEADER, header, arrays, model.vocabulary)


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
        arrays, vocabulary = read_tables(directory, header, verify=True)
        model = FittedLinks.of_state(vocabulary, ModelState(header["facts"], arrays_under("model/", arrays)))
        return model, header["about"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{directory} is not a readable link predictor: {error}", hint=_HINT) from None
