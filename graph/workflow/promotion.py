"""Which model serves: a new one takes the place of the present one where it is not worse; and going back.

A model passes where it is worse neither than the model that serves nor than any of its own voters. Worse means that the
whole 95 % interval of the paired difference of NDCG lies below 0, or that the mean difference lies below -.003
(``evaluation.comparison.is_worse``). Equal models pass, and so does any model where fewer than 50 people can be asked
about. A refresh changes no weight that was learned, so it takes the place of its parent without a comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import ModelError, PrerequisiteError
from graph.workflow.model_comparison import behind_simple, compare_models
from graph.workflow.model_history import Change, History, How, Refusal, read_history, write_history
from graph.workflow.model_refresh import refresh_model
from graph.workflow.models import kind_of, read_record, train_command
from graph.zones import UTC, local_iso

if TYPE_CHECKING:
    from graph.workspace.workspace import Workspace

_FIRST = "no other model served"
# What ``list_models`` says of a model.
LISTED = (
    "model", "target", "serves", "ndcg", "seed", "snapshot", "change", "parent", "served_by", "served_since", "why",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model may serve.

    Attributes:
        passes: Whether it does.
        how: Which change it is.
        why: A sentence.
    """

    passes: bool
    how: How
    why: str


def judge(workspace: Workspace, target: str, folder: Path) -> Verdict:
    """Whether a kept model may take the place of the one that serves.

    Args:
        workspace: The workspace.
        target: From ``Workspace.target``.
        folder: The model.

    Raises:
        PrerequisiteError: a snapshot that the comparison needs is gone.
        ModelError: a model is damaged.
    """
    serving = workspace.folder.latest_or_none(kind_of(target))
    if serving is None:
        return Verdict(True, "first", _FIRST)
    if serving.name == folder.name:
        return Verdict(True, "promoted", "it serves already")
    if read_record(folder)["lineage"]["parent"] == serving.name:
        return Verdict(True, "refreshed", f"it is {serving.name} with newer tables")
    if (why := behind_simple(folder)) is not None:
        return Verdict(False, "promoted", why)
    from graph.recommend.evaluation.comparison import worse_by
    from graph.recommend.model_io import load_model

    try:
        load_model(serving, verify=True)
    except ModelError as error:
        return Verdict(True, "promoted", f"{serving.name} can no longer be used: {error.message}")
    found = compare_models(workspace, folder, serving)
    worse = worse_by(found.difference.difference, found.difference.high, judged=found.difference.judged)
    return Verdict(not worse, "promoted", f"worse: {found}; {worse}" if worse else f"not worse: {found}")


def promote(workspace: Workspace, target: str, folder: Path, *, at: int, force: bool = False) -> Verdict:
    """Let a kept model serve, if it is whole and passes.

    Args:
        workspace: The workspace.
        target: From ``Workspace.target``.
        folder: The model.
        at: The present moment, UTC seconds, for the history.
        force: Whether it serves although it does not pass; what is damaged never does.

    Raises:
        ModelError: the model is damaged, or does not pass.
        PrerequisiteError: a snapshot that the comparison needs is gone.
    """
    _verify(folder)
    try:
        verdict = judge(workspace, target, folder)
    except (ModelError, PrerequisiteError) as error:
        if not force:
            raise
        verdict = Verdict(False, "promoted", error.message)
    if not verdict.passes and not force:
        kind = kind_of(target)
        serving = workspace.folder.latest(kind, command=train_command(target)).name
        refused = replace(read_history(workspace.folder, kind), refused=Refusal(folder.name, verdict.why, at))
        write_history(workspace.folder, kind, refused)
        raise ModelError(
            f"{folder.name} does not take the place of {serving}: {verdict.why}",
            hint=f"compare them: graphvine model compare {folder.name} --target {target}; to let it serve all the "
            f"same: graphvine model promote {folder.name} --target {target} --force",
        )
    how: How = verdict.how if verdict.passes else "forced"
    _serve(workspace, target, Change(folder.name, how, verdict.why, at))
    return replace(verdict, passes=True, how=how)


def serve_first(workspace: Workspace, target: str, folder: Path, *, at: int) -> str:
    """Let a kept model serve if none does; the name of the model that serves then.

    Args:
        workspace: The workspace.
        target: From ``Workspace.target``.
        folder: The model.
        at: The present moment, UTC seconds, for the history.
    """
    serving = workspace.folder.latest_or_none(kind_of(target))
    if serving is not None:
        return serving.name
    _serve(workspace, target, Change(folder.name, "first", _FIRST, at))
    return folder.name


def settle(workspace: Workspace, target: str, folder: Path, *, at: int) -> None:
    """Let a model that was trained just now serve where it passes; else note why the present one goes on.

    The one that goes on gets tables of the latest snapshot first (``refresh_model``), so that it knows as much.

    Args:
        workspace: The workspace.
        target: From ``Workspace.target``.
        folder: The model.
        at: The present moment, UTC seconds, for the history.
    """
    try:
        verdict = promote(workspace, target, folder, at=at)
    except (ModelError, PrerequisiteError) as error:
        serving = refresh_model(workspace, target, at=at).folder.name
        workspace.listener.note(f"{error.message}; {serving} serves")
        return
    if verdict.how != "first":
        workspace.listener.note(f"{target}/{folder.name} serves: {verdict.why}")


def roll_back(workspace: Workspace, target: str, *, at: int) -> str:
    """Let the model serve that served before; returns its name.

    Args:
        workspace: The workspace.
        target: From ``Workspace.target``.
        at: The present moment, UTC seconds, for the history.

    Raises:
        PrerequisiteError: no earlier model is kept.
        ModelError: that model is damaged.
    """
    kind = kind_of(target)
    history = read_history(workspace.folder, kind)
    models = workspace.folder.results(kind)
    earlier = history.earlier(lambda name: (models / name).is_dir())
    if earlier is None:
        raise PrerequisiteError(
            f"no {target} model has served before the present one", hint="choose one: graphvine model list"
        )
    _verify(models / earlier)
    _serve(workspace, target, Change(earlier, "rolled back", f"{history.serving} was taken back", at))
    return earlier


def _verify(folder: Path) -> None:
    """Refuse a model whose tables do not have the recorded hash."""
    from graph.recommend.model_io import load_model

    load_model(folder, verify=True)


def _serve(workspace: Workspace, target: str, change: Change) -> None:
    history = read_history(workspace.folder, kind_of(target))
    if history.serving != change.model:
        write_history(workspace.folder, kind_of(target), history.serve(change))


def list_models(workspace: Workspace, target: str) -> list[dict[str, Any]]:
    """The kept models of a target, a row of ``LISTED`` each: what was measured, where it comes from, whether it serves.

    A model that cannot be read has a row too, and a note says what is wrong with it.
    """
    kind = kind_of(target)
    history = read_history(workspace.folder, kind)
    return [_row(folder, target, history, workspace.listener.note) for folder in workspace.folder.all(kind)]


def _row(folder: Path, target: str, history: History, on_note: Callable[[str], None]) -> dict[str, Any]:
    """What is known of a model; of one that cannot be read only whether it serves, and a note says so."""
    change = history.change_to(folder.name)
    row = dict.fromkeys(LISTED) | {
        "model": folder.name,
        "target": target,
        "serves": folder.name == history.serving,
        "served_by": None if change is None else change.how,
        "served_since": None if change is None else local_iso(change.at, UTC),
        "why": None if change is None else change.why,
    }
    from graph.recommend.train import COMBINED

    try:
        about = read_record(folder)
    except (ModelError, PrerequisiteError) as error:
        on_note(f"{target}/{folder.name} cannot be used: {error.message}; {error.hint}")
        return row
    measured = {
        "ndcg": next((r["ndcg"] for r in about["metrics"] if (r["model"], r["slice"]) == (COMBINED, "overall")), None),
        "seed": about["seed"],
        "snapshot": about["graph"][:16],
        "change": about["lineage"]["change"],
        "parent": about["lineage"]["parent"],
    }
    return row | measured
