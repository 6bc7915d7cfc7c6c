"""Which voters there are: one file each in ``voters/``, found by name and imported when asked for.

The name of the file is the kind of the voter: ``voters/item_knn.py`` holds the kind ``item-knn``. The file declares
``VOTER`` (``base.Voter``), and nothing else in the package has to change when one is added.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from graph.errors import ModelError
from graph.recommend import voters
from graph.recommend.base import Fitted, Recommender, Voter
from graph.recommend.fusion import FittedFusion
from graph.recommend.ranker.fitted import FittedRanker


def voter_kinds() -> list[str]:
    """Kinds of all voters, in the order of their names."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(voters.__path__))


def voter_of(kind: str) -> Voter:
    """What the file of that kind of voter declares; ``kind`` is one of ``voter_kinds()``."""
    declared: Voter = import_module(f"{voters.__name__}.{kind.replace('-', '_')}").VOTER
    return declared


def default_voters() -> tuple[Recommender, ...]:
    """The voters that take part in training unless a caller names others, popularity first; none needs torch."""
    declared = {kind: voter_of(kind) for kind in voter_kinds()}
    ordered = sorted(declared, key=lambda kind: (declared[kind].order, kind))
    return tuple(voter for kind in ordered for voter in declared[kind].default)


def fitted_class(kind: str) -> type[Fitted]:
    """The class that reads saved models of this kind.

    Raises:
        ModelError: no such kind is known.
    """
    combined: dict[str, type[Fitted]] = {FittedFusion.kind: FittedFusion, FittedRanker.kind: FittedRanker}
    if kind in combined:
        return combined[kind]
    if kind not in (kinds := voter_kinds()):
        known = ", ".join(sorted([*combined, *kinds]))
        raise ModelError(f"unknown kind of model {kind!r}", hint=f"this version reads: {known}")
    return voter_of(kind).fitted
