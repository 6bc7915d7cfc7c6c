"""Refresh a kept model: fold what happened since into its tables without training, and say when training is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.errors import ModelError
from graph.workflow.model_history import Change, find_model, read_history, write_history
from graph.workflow.models import keep_model, kind_of, train_command
from graph.workspace.identity import result_id

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
    """

    folder: Path
    about: Mapping[str, Any]
    new: bool
    serves: bool

    @property
    def drift(self) -> dict[str, Any] | None:
        """The drift that was measured; None where nothing was folded in since training."""
        found: dict[str, Any] | None = self.about.get("drift")
        return found

    @property
    def due(self) -> list[str]:
        """Why training anew is due, one clause each; empty where it is not."""
        return list((self.drift or {}).get("due", ()))

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
        if not self.new:
            return [f"{name} knows the latest snapshot already; nothing was folded in"]
        serves = "serves" if self.serves else "does not serve, as its parent does not"
        if self.drift is None or self.drift["events"] is None:
            return [f"{name} {serves}; events have no times, so drift cannot be measured"]
        why = "; ".join(self.due)
        return [f"{name} {serves}", f"training anew is due: {why}" if why else "training anew is not due yet"]


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
    about, served = saved.about, read_history(workspace.folder, kind).serving
    if about["graph"] == graph.fingerprint:
        return Refreshed(folder, about, new=False, serves=folder.name == served)
    if not isinstance(saved.model, Combined):
        raise ModelError(f"{folder.name} is no model that training makes", hint="graphvine model list")
    workspace.listener.detail("measure the drift")
    drift = measure_drift(
        graph,
        saved.model,
        learned_until=about["lineage"]["learned_until"],
        until=about["until"],
        k=about["k"],
        rng=np.random.default_rng([about["seed"], _DRIFT_STREAM]),
    ).to_json()
    fresh = refresh(saved.model, about["forms"], graph, seed=about["seed"], on_step=workspace.listener.detail)
    lineage = {**about["lineage"], "change": "refreshed", "parent": folder.name}
    facts = {**about, "graph": graph.fingerprint, "until": graph.last_time, "lineage": lineage, "drift": drift}
    name = result_id("model refresh", {"model": folder.name}, {"snapshot": graph.fingerprint}, about["seed"])
    kept = keep_model(workspace, target, name, fresh, facts, saved.arrays)
    if folder.name == served:
        change = Change(name, "refreshed", f"it is {served} with newer tables", at)
        write_history(workspace.folder, kind, read_history(workspace.folder, kind).serve(change))
    return Refreshed(kept, facts, new=True, serves=folder.name == served)
