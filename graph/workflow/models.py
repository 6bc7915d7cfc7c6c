"""Train a model on the latest snapshot and keep it as a candidate; find the model that serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import PrerequisiteError
from graph.workflow.model_history import read_history, write_history
from graph.workspace.identity import result_id

if TYPE_CHECKING:
    from graph.recommend.base import Array, Fitted, Recommender
    from graph.recommend.ranker.choice import RankerTrainer
    from graph.recommend.train import TrainedModel
    from graph.workspace.workspace import Workspace

DEFAULT_TARGET = "product"


@dataclass(frozen=True, slots=True)
class Trainers:
    """Trainers that this package cannot import, because they need torch; they are made only if a model is trained.

    Attributes:
        voters: Name to maker of voters besides the default ones, such as the graph neural network.
        ranker: Maker of what trains the ranker; None to combine the voters by a weighted sum.
    """

    voters: Mapping[str, Callable[[], Recommender]] = field(default_factory=dict)
    ranker: Callable[[], RankerTrainer] | None = None

    @property
    def names(self) -> dict[str, Any]:
        """What decides which model is trained, as JSON values."""
        return {"further": list(self.voters), "ranker": self.ranker is not None}


def kind_of(target: str) -> str:
    """The kind of result that models of a target are."""
    return f"models/{target}"


def train_command(target: str) -> str:
    """The command that trains a model of the target, for hints."""
    return f"graphvine model train --target {target}"


def train_model(
    workspace: Workspace,
    target: str,
    *,
    trainers: Trainers | None = None,
    again: bool = True,
) -> Path:
    """Train on the latest snapshot and keep the model under its result id, as the one made last of its target.

    Which model serves is for ``promotion`` to decide.

    Args:
        workspace: The workspace.
        target: From ``Workspace.target``.
        trainers: What this package cannot import; None to train without.
        again: Whether to train anew where this very model is kept already.

    Returns:
        The folder of the model.
    """
    from graph.recommend.registry import default_voters
    from graph.recommend.target import choose_target
    from graph.recommend.train import train

    graph = workspace.graph()
    wanted = choose_target(graph, workspace.schema.target(target))
    given = trainers or Trainers()
    asked = {"target": target, **given.names}
    name = result_id("model train", asked, {"snapshot": graph.fingerprint}, workspace.seed)
    folder = workspace.folder.results(kind_of(target)) / name
    if again or not folder.is_dir():
        trained = train(
            graph,
            wanted,
            voters=[*default_voters(), *(make() for make in given.voters.values())],
            ranker=None if given.ranker is None else given.ranker(),
            on_step=workspace.listener.detail,
            seed=workspace.seed,
        )
        keep_model(workspace, target, name, trained.model, trained.about, {"gains": trained.report.gains})
    return folder


def evaluate_given(
    train: Path,
    test: Path,
    *,
    k: int,
    trainers: Trainers | None = None,
    on_step: Callable[[str], None],
    seed: int,
) -> dict[str, Any]:
    """Evaluate all voters and their combination on a split that is given by two files of pairs; nothing is kept.

    Args:
        train: Pairs to learn from, see ``split_given.read_given_split``; validation is held out of it.
        test: Pairs to predict, which are looked at once.
        k: Length of the lists, >= 1.
        trainers: What this package cannot import; None to evaluate without.
        on_step: Called with a few words before each step.
        seed: Same files and seed, same results.

    Returns:
        The record of the evaluation, with the same names as in that of a model. ``positives`` is empty, since the files
        do not say which relation they are about.
    """
    import numpy as np

    from graph.recommend.registry import default_voters
    from graph.recommend.split_given import read_given_split
    from graph.recommend.train import choose_and_judge

    given = trainers or Trainers()
    split = read_given_split(train, test, rng=np.random.default_rng([seed, 1_000]))
    voters = [*default_voters(), *(make() for make in given.voters.values())]
    ranker = None if given.ranker is None else given.ranker()
    model, report = choose_and_judge(split, voters, ranker, k=k, on_step=on_step, seed=seed)
    return {
        "positives": [],
        "split": {"method": split.method, "cuts": split.cuts, "note": split.note},
        "seed": seed,
        "summary": model.summary,
        "k": report.k,
        "metrics": list(report.rows),
        "differences": list(report.differences),
    }


def keep_model(
    workspace: Workspace,
    target: str,
    name: str,
    model: Fitted,
    about: Mapping[str, Any],
    arrays: Mapping[str, Array],
) -> Path:
    """Keep a model under its name, with what is recorded about it, and note it as the one made last; its folder."""
    from graph.recommend.model_io import save_model

    kind = kind_of(target)
    folder = save_model(model, workspace.folder.results(kind) / name, about=about, arrays=arrays)
    history = read_history(workspace.folder, kind)
    if history.serving is not None:
        write_history(workspace.folder, kind, replace(history, newest=name))
    return folder


def serving_name(workspace: Workspace, target: str) -> str:
    """The name of the model of a target that serves; empty where there is none."""
    folder = workspace.folder.latest_or_none(kind_of(target))
    return "" if folder is None else folder.name


def serving_model(workspace: Workspace, target: str | None) -> tuple[str, Path]:
    """The target and the folder of the model that serves.

    Args:
        workspace: The workspace.
        target: A target; None for the first one, in the order of the schema, that has a model.

    Raises:
        PrerequisiteError: there is no model.
    """
    command = train_command(target or DEFAULT_TARGET)
    for choice in [workspace.target(target)] if target else workspace.targets():
        try:
            return choice, workspace.folder.latest(kind_of(choice), command=command)
        except PrerequisiteError:
            continue
    raise PrerequisiteError(f"no model in {workspace.folder.root}", hint=command)


def read_record(folder: Path) -> dict[str, Any]:
    """What was recorded when a model was trained: target, split, weights, what the test period found."""
    from graph.recommend.model_io import read_about

    found: dict[str, Any] = read_about(folder)["about"]
    return found


def load_trained(folder: Path) -> TrainedModel:
    """A kept model with what the test period found when it was trained."""
    from graph.recommend.evaluation.evaluate import Evaluation
    from graph.recommend.model_io import load_model
    from graph.recommend.train import TrainedModel

    saved = load_model(folder, verify=True)
    about = saved.about
    report = Evaluation(about["k"], tuple(about["metrics"]), tuple(about["differences"]), saved.arrays["gains"])
    return TrainedModel(saved.model, report, about)
