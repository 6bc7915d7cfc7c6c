"""Saved models: one folder with JSON and safetensors, never a pickle; tables are memory-mapped when read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.errors import ModelError, PrerequisiteError
from graph.recommend.base import Array, Fitted, ModelState
from graph.recommend.features import Vocabulary
from graph.recommend.registry import fitted_class
from graph.recommend.tables_io import arrays_under, read_tables, write_tables
from graph.recommend.target import Target

FORMAT = 5
_HEADER = "model.json"


@dataclass(frozen=True, eq=False)
class SavedModel:
    """A model read from disk.

    Attributes:
        model: Ready to score.
        about: What ``save_model`` was given; of a trained model its report, split, seed and fingerprints.
        arrays: The same; of a trained model ``gains``, see ``Evaluation``.
    """

    model: Fitted
    about: Mapping[str, Any]
    arrays: Mapping[str, Array]


def save_model(
    model: Fitted,
    directory: Path,
    *,
    about: Mapping[str, Any] | None = None,
    arrays: Mapping[str, Array] | None = None,
) -> Path:
    """Write a model as a folder that appears whole or not at all; an existing one is replaced.

    Args:
        model: Any fitted model.
        directory: The folder to make.
        about: JSON values to keep beside it.
        arrays: Named arrays to keep beside it, of the types that ``ModelState`` may have.

    Returns:
        The folder. Same model and ``about``, same bytes.
    """
    facts, own = _flat(model.state())
    named = {f"model/{name}": array for name, array in own.items()}
    named |= {f"about/{name}": array for name, array in (arrays or {}).items()}
    header = {
        "format": FORMAT,
        "kind": model.kind,
        "target": model.target.to_json(),
        "facts": facts,
        "about": dict(about or {}),
    }
    return write_tables(directory, _HEADER, header, named, model.vocabulary)


def read_about(directory: Path) -> dict[str, Any]:
    """The JSON beside a saved model, without its tables.

    Raises:
        PrerequisiteError: there is no model.
        ModelError: the folder is damaged or of another format.
    """
    file = directory / _HEADER
    if not file.exists():
        raise PrerequisiteError(f"no model at {directory}", hint="train one: graphvine model train")
    try:
        header = json.loads(file.read_text("utf-8"))
        found, target = header["format"], str(header["target"]["node_type"]).lower()
        dict(header["about"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(directory, error) from None
    if found != FORMAT:
        raise ModelError(
            f"model format {found} is not {FORMAT}", hint=f"train it anew: graphvine model train --target {target}"
        )
    return header  # type: ignore[no-any-return]


def load_model(directory: Path, *, verify: bool = False) -> SavedModel:
    """Read a model; its class is found by the ``kind`` in its JSON.

    Args:
        directory: From ``save_model``.
        verify: Whether to compare the tables with their recorded hash, which reads them whole.

    Raises:
        PrerequisiteError: there is no model.
        ModelError: the folder is damaged or of another format.
    """
    header = read_about(directory)
    try:
        arrays, vocabulary = read_tables(directory, header, verify=verify)
        tables, beside = arrays_under("model/", arrays), arrays_under("about/", arrays)
        target = Target.of_json(header["target"])
        model = fitted_class(header["kind"]).of_state(
            target, vocabulary, _nested(header["facts"], tables, target, vocabulary)
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(directory, error) from None
    return SavedModel(model, header["about"], beside)


def _flat(state: ModelState) -> tuple[dict[str, Any], dict[str, Array]]:
    """Facts and arrays of a model with those of its voters: arrays of a voter are named ``voter/array``."""
    facts, arrays, voters = dict(state.facts), dict(state.arrays), []
    for name, voter in state.voters.items():
        own = voter.state()
        voters.append({"name": name, "kind": voter.kind, "facts": own.facts})
        arrays.update({f"{name}/{key}": array for key, array in own.arrays.items()})
    return (facts | {"voters": voters} if voters else facts), arrays


def _nested(
    facts: Mapping[str, Any], arrays: Mapping[str, Array], target: Target, vocabulary: Vocabulary
) -> ModelState:
    """The state that ``_flat`` took apart; its voters are read."""
    voters, own = {}, dict(arrays)
    for entry in facts.get("voters", ()):
        stem = f"{entry['name']}/"
        part = {key.removeprefix(stem): own.pop(key) for key in arrays if key.startswith(stem)}
        voters[entry["name"]] = fitted_class(entry["kind"]).of_state(
            target, vocabulary, ModelState(entry["facts"], part)
        )
    return ModelState({key: value for key, value in facts.items() if key != "voters"}, own, voters)


def _damaged(directory: Path, error: Exception) -> ModelError:
    return ModelError(f"{directory} is not a readable model: {error}", hint="train it anew: graphvine model train")
