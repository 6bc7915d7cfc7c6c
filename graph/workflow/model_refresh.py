"""Refresh a kept model: fold what happened since into its tables without training, and say when training is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.errors import ModelError, PrerequisiteError
from graph.workflow.model_history import Change, History, find_model, read_history, write_history
from graph.workflow.models import keep_model, kind_of, read_record, train_command
from graph.workspace.identity import result_id
from graph.zones import UTC, local_day

if TYPE_CHECKING:
    from graph.workspace.workspace import Workspace

_DRIFT_STREAM = 1_009


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A refreshed model.

    Attributes:
        folder: Where it is kept; the model itself where it knew the latest snapshot already.
        about: What is recorded about it.
        new: Whether anything was folded in.
        serves: Whether it serves.
        due: Why training anew is due, one clause each; empty where it is not. A later training counts although its
            model was refused or waits, so that it is not due again before as much has happened once more.
        later: What became of the model that was trained after this one, a sentence; empty where there is none.
    """

    folder: Path
    about: Mapping[str, Any]
    new: bool
    serves: bool
    due: tuple[str, ...] = ()
    later: str = ""

    @property
    def drift(self) -> dict[str, Any] | None:
        """The drift that was measured; None where nothing was folded in since training."""
        found: dict[str, Any] | None = self.about.get("drift")
        return found

    def row(self) -> dict[str, Any]:
        """The drift as a row of a table."""
        drift = self.drift or {}
        measured = {name: drift.get(name) for name in ("events", "new_people", "new_items", "shift", "people")}
        ndcg = drift.get("ndcg", {})
        results = {f"ndcg_{name}": ndcg.get(name) for name in ("model", "popularity", "recency")}
        parent = self.about["lineage"]["parent"]
        return {"model": self.folder.name, "parent": parent, **measured, **results, "due": bool(self.due)}

    def told(self) -> list[str]:
        """What a user should know, one sentence each."""
        name = self.folder.name
        serves = "serves" if self.serves else "does not serve, as its parent does not"
        said = f"{name} {serves}" if self.new else f"{name} knows the latest snapshot already; nothing was folded in"
        if self.drift is not None and self.drift["events"] is None:
            return [f"{said}; events have no times, so drift cannot be measured"]
        told = [said, *([self.later] if self.later else [])]
        if self.due:
            told.append(f"training anew is due: {'; '.join(self.due)}")
        elif self.new:
            told.append("training anew is not due yet")
        return told


def refresh_model(workspace: Workspace, target: str, *, at: int, model: str = "serving") -> Refreshed:
    """Fold the latest snapshot into a model; where the model serves, the refreshed one does from then on.

    Args:
        workspace: The workspace.
        target: From ``Workspace.target``.
        at: The present moment, UTC seconds, for the history.
        model: ``serving``, ``latest``, a name or its beginning.

    Raises:
        PrerequisiteError: there is no such model, or no snapshot.
        ModelError: the model is damaged, or cannot be refreshed.
    """
    from graph.recommend.base import Combined
    from graph.recommend.drift import measure_drift
    from graph.recommend.model_io import load_model
    from graph.recommend.refresh import refresh

    kind, command = kind_of(target), train_command(target)
    folder, graph = find_model(workspace.folder, kind, model, command=command), workspace.graph()
    saved = load_model(folder, verify=True)
    about, history = saved.about, read_history(workspace.folder, kind)
    served, trained = history.serving, saved.model
    if not isinstance(trained, Combined):
        raise ModelError(f"{folder.name} is no model that training makes", hint="graphvine model list")

    def drift_since(learned_until: int | None) -> dict[str, Any]:
        """The drift of the market since a training, with the present model judged on the newest events."""
        return measure_drift(
            graph,
            trained,
            learned_until=learned_until,
            until=about["until"],
            k=about["k"],
            rng=np.random.default_rng([about["seed"], _DRIFT_STREAM]),
        ).to_json()

    later = _later_training(workspace, target, history, about)
    if about["graph"] == graph.fingerprint:
        drift = about.get("drift") or {}
        due = drift_since(later.until)["due"] if later else drift.get("due", ())
        return Refreshed(folder, about, False, folder.name == served, tuple(due), later.said if later else "")
    workspace.listener.detail("measure the drift")
    drift = drift_since(about["lineage"]["learned_until"])
    due = drift_since(later.until)["due"] if later else drift["due"]
    fresh = refresh(trained, about["forms"], graph, seed=about["seed"], on_step=workspace.listener.detail)
    lineage = {**about["lineage"], "change": "refreshed", "parent": folder.name}
    facts = {**about, "graph": graph.fingerprint, "until": graph.last_time, "lineage": lineage, "drift": drift}
    name = result_id("model refresh", {"model": folder.name}, {"snapshot": graph.fingerprint}, about["seed"])
    kept = keep_model(workspace, target, name, fresh, facts, saved.arrays)
    if folder.name == served:
        change = Change(name, "refreshed", f"it is {served} with newer tables", at)
        write_history(workspace.folder, kind, read_history(workspace.folder, kind).serve(change))
    return Refreshed(kept, facts, True, folder.name == served, tuple(due), later.said if later else "")


@dataclass(frozen=True, slots=True)
class _Later:
    """A model that was trained after the one that is refreshed.

    Attributes:
        until: Last moment that it was trained on, UTC seconds.
        said: What became of it, a sentence.
    """

    until: int
    said: str


def _later_training(workspace: Workspace, target: str, history: History, about: Mapping[str, Any]) -> _Later | None:
    """The model that was refused last, else the newest, if trained on more than this one and never serving."""
    refused = history.refused
    for name in dict.fromkeys((refused.model if refused else None, history.newest)):
        if name is None or history.change_to(name) is not None:
            continue
        try:
            lineage = read_record(workspace.folder.results(kind_of(target)) / name)["lineage"]
        except (ModelError, PrerequisiteError):
            continue
        until, own = lineage["learned_until"], about["lineage"]["learned_until"]
        if lineage["change"] == "trained" and until is not None and own is not None and until > own:
            said = f"{name} was trained on what happened up to {local_day(until, UTC).isoformat()}"
            if refused is not None and refused.model == name:
                return _Later(until, f"{said} and was refused: {refused.why}")
            return _Later(until, f"{said} and waits: graphvine model promote {name} --target {target}")
    return None
