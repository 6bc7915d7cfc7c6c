"""Who will follow, or react to, whom next: a predictor trained on the latest snapshot, and the likeliest ties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from graph.errors import ConfigError, PrerequisiteError, nearest
from graph.schema import PERSON
from graph.trust.lists import Purpose
from graph.workspace.identity import result_id

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.recommend.links.model import FittedLinks
    from graph.schema import EdgeKey
    from graph.text import Int64
    from graph.workspace.workspace import Workspace

COLUMNS = ("user_id", "relation", "rank", "other_id", "model_id")
# People whose candidates are held at once.
_PART = 512


_NO_TIES = "load a file of who follows whom"


class Trained(Protocol):
    """What a trainer gives.

    Attributes:
        model: The predictor.
        about: JSON values: how it was made, and how good it is on the last ties.
    """

    @property
    def model(self) -> FittedLinks:
        """The predictor."""

    @property
    def about(self) -> Mapping[str, Any]:
        """How it was made, and how good it is."""


class LinkTrainer(Protocol):
    """Trains a predictor; the one of this project needs torch, so that it is handed in as a value."""

    def __call__(self, graph: HeteroGraph, *, relation: EdgeKey, on_step: Callable[[str], None], seed: int) -> Trained:
        """The predictor of the next ties of this relation."""


def kind_of(relation: EdgeKey) -> str:
    """The kind of result that predictors of a relation are."""
    return f"links/{relation.relation.lower()}"


def relation_of(graph: HeteroGraph, name: str | None) -> EdgeKey:
    """The relation from people to people of that name, in upper or lower case; without a name, that of following.

    Raises:
        ConfigError: there is none; the hint proposes the nearest. Or no name is given, and not exactly one relation is
            that of following.
    """
    known = {key.relation.lower(): key for key in graph.keys(source=PERSON, target=PERSON)}
    if name is None:
        following = [key for key in known.values() if graph.meaning(key).role == "follow"]
        if len(following) == 1:
            return following[0]
        hint = f"name one: {', '.join(key.relation for key in known.values())}" if known else _NO_TIES
        raise ConfigError(f"the snapshot has {len(following)} relations of following", hint=hint)
    if name.lower() not in known:
        hint = nearest(name.lower(), known) if known else _NO_TIES
        raise ConfigError(f"the snapshot has no relation {name!r} between people", hint=hint)
    return known[name.lower()]


def train_links(workspace: Workspace, name: str | None, trainer: LinkTrainer) -> Path:
    """Train on the latest snapshot, and keep the predictor under its result id as the latest of its relation.

    Args:
        workspace: The workspace.
        name: Of a relation between people; None for that of following.
        trainer: What this package cannot import.

    Raises:
        ConfigError: there is no such relation.
        ModelError: it has too few ties to learn from.
    """
    from graph.recommend.links.links_io import save_links

    graph = workspace.graph()
    relation = relation_of(graph, name)
    kind, inputs = kind_of(relation), {"snapshot": graph.fingerprint}
    result = result_id("link train", {"relation": str(relation)}, inputs, workspace.seed)
    trained = trainer(graph, relation=relation, on_step=workspace.listener.detail, seed=workspace.seed)
    folder = save_links(trained.model, workspace.folder.results(kind) / result, about=trained.about)
    workspace.folder.publish(kind, result)
    return folder


def next_ties(
    workspace: Workspace, graph: HeteroGraph, name: str | None, people: Int64, k: int
) -> list[tuple[Any, ...]]:
    """The k likeliest next ties of each of these people as rows of ``COLUMNS``.

    People who may not be used for marketing get no rows and stand in none. Who has the tie already is no candidate.

    Args:
        workspace: The workspace.
        graph: Its latest snapshot, which may be newer than the one that the predictor was trained on.
        name: Of a relation between people; None for that of following.
        people: Numbers of people.
        k: Most rows of each.

    Raises:
        ConfigError: there is no such relation.
        PrerequisiteError: there is no predictor of it.
        ModelError: it is damaged.
    """
    from graph.recommend.links.links_io import load_links

    relation = relation_of(graph, name)
    command = f"graphvine link train {relation.relation}"
    folder = workspace.folder.latest_or_none(kind_of(relation))
    if folder is None:
        raise PrerequisiteError(f"no predictor of {relation.relation}", hint=f"train one: {command}")
    model, _ = load_links(folder)
    barred = workspace.mask(graph.ids(PERSON)).barred(Purpose.MARKETING)
    asked, rows = people[~barred[people]], []
    # So many more are asked for that k are left without those who are barred.
    depth = min(k + int(barred.sum()), graph.count(PERSON))
    for start in range(0, len(asked), _PART):
        part = asked[start : start + _PART]
        for person, line in zip(part.tolist(), model.top(graph, part, depth), strict=True):
            others = line[line >= 0]
            others = others[~barred[others]][:k]
            rows += [(person, rank, other) for rank, other in enumerate(others.tolist(), 1)]
    numbers = np.array(rows, np.int64).reshape(-1, 3)
    who, whom = (graph.ids(PERSON).ids(column) if len(rows) else [] for column in (numbers[:, 0], numbers[:, 2]))
    return [
        (user, relation.relation, rank, other, folder.name)
        for user, rank, other in zip(who, numbers[:, 1].tolist(), whom, strict=True)
    ]
