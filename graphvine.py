"""The front door for notebooks: ``import graphvine as gv``.

::

    import graphvine as gv
    market = gv.read("demo")                          # the latest snapshot of a workspace, or a snapshot folder
    segments = gv.segment(market, seed=7)
    segments.to_frame()
    model = gv.train(market, "product", seed=7)
    mask = gv.people("demo")                          # who may be used for what, by the workspace's lists and consents
    gv.recommend(model, market, ["U00001"], k=5, mask=mask)      # a DataFrame with reasons
    plan = gv.seeds(market, k=10, mask=mask, seed=7)
    plan.to_frame(market.ids("Person").ids)

Everything is imported on first use, so that a notebook that only reads does not wait for torch.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from graph.hetero import HeteroGraph
    from graph.influence import SeedSet
    from graph.recommend.train import TrainedModel
    from graph.segment.segmentation import Segmentation
    from graph.trust.mask import PeopleMask

__all__ = ["people", "read", "recommend", "seeds", "segment", "train"]


def _refuse_strangers() -> None:
    """Our packages have plain names; another package of the same name on the path must not be taken for ours."""
    home = Path(__file__).resolve().parent
    for name in ("graph", "gnn", "cli", "queries"):
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or home not in origin.parents:
            raise ImportError(
                f"the module {name!r} that Python finds is {origin or 'missing'}, not graphvine's; "
                "install graphvine in an environment of its own"
            )


_refuse_strangers()


def read(path: str | Path) -> HeteroGraph:
    """The latest snapshot of a workspace, or the snapshot in a folder.

    Raises:
        PrerequisiteError: there is none.
    """
    from cli.session import Session
    from graph.hetero import HeteroGraph

    folder = Path(path)
    return HeteroGraph.read(folder) if (folder / "graph.json").exists() else Session.open(folder, quiet=True).graph()


def people(workspace: str | Path, *, exclude: str | Path | None = None, unknown: str = "stop") -> PeopleMask:
    """Who of a workspace may be used for what, by its do-not-contact list and its consents.

    Args:
        workspace: The workspace.
        exclude: A do-not-contact list in place of the configured one.
        unknown: What an id in doubt does: ``stop``, or ``ok`` to go on and leave out everybody whom it may stand for.

    Raises:
        DataError: the list cannot be relied on; every id in doubt is named.
    """
    from cli.options import UnknownIds
    from cli.session import Session

    file = None if exclude is None else Path(exclude)
    session = Session.open(Path(workspace), quiet=True, exclude=file, unknown=UnknownIds(unknown))
    return session.mask(session.graph().ids("Person"))


def segment(market: HeteroGraph, *, seed: int = 7) -> Segmentation:
    """Segments of the people, with the judgement whether they can be relied on."""
    from graph.segment.detect import detect

    return detect(market, seed=seed)


def train(market: HeteroGraph, target: str, *, gnn: bool = True, seed: int = 7) -> TrainedModel:
    """A model of what people will want: ``product``, ``vehicle`` or another type that people acquire, want or rate.

    Its ``report`` holds what the test period found.

    Raises:
        ConfigError: nobody acquires, intends to or rates such a type.
    """
    from graph.recommend.registry import default_voters
    from graph.recommend.target import choose_target
    from graph.recommend.train import train as train_voters

    voters: list[Any] = [*default_voters()]
    if gnn:
        from gnn import voter

        voters.append(voter())
    return train_voters(market, choose_target(market, market.schema.target(target)), voters=voters, seed=seed)


def recommend(
    model: TrainedModel, market: HeteroGraph, people: Sequence[str], *, k: int = 10, mask: PeopleMask | None = None
) -> pd.DataFrame:
    """Ranked items with reasons for these people; owned items are left out, and whom the mask bars from marketing.

    Without ``mask=`` nobody is left out, whatever the workspace's lists and consents say.

    Raises:
        DataError: a person is unknown.
    """
    from graph.recommend import serving

    numbers = market.ids("Person").numbers(people)
    return serving.recommend(model.model, market, numbers, k, exclude=_barred(mask)).to_frame()


def _barred(mask: PeopleMask | None) -> Any:
    from graph.trust.lists import Purpose

    return () if mask is None else mask.numbers(Purpose.MARKETING)


def seeds(
    market: HeteroGraph,
    *,
    k: int | None = None,
    budget: float | None = None,
    mask: PeopleMask | None = None,
    seed: int = 7,
) -> SeedSet:
    """KOLs (everybody, where nobody has that role) to seed under a number of seeds or a budget in yuan.

    Without ``mask=`` nobody is left out, whatever the workspace's lists and consents say.
    """
    from graph.influence import learn_strengths, person_cost, person_number, seed_candidates, select_seeds

    return select_seeds(
        learn_strengths(market),
        k=k,
        budget=budget,
        costs=person_cost(market),
        candidates=seed_candidates(market),
        excluded=_barred(mask),
        followers=person_number(market, "followers"),
        rng=seed,
    )
