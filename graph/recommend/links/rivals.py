"""Simple link predictors, as functions of the features: what a learned one has to beat.

After Liben-Nowell and Kleinberg, "The link-prediction problem for social networks" (CIKM 2003).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from graph.recommend.links.features import PEOPLE, Block, Floats

Scorer = Callable[[Block], Floats]
# Small beside one new follower, so that it orders people with equally many of them only.
_ALL_TIME = 1e-3


def reciprocity(block: Block) -> Floats:
    """1 where the other person has any tie to the asked one."""
    return np.maximum(block.column("reverse"), block.column("other reverse"))


def another_tie(block: Block) -> Floats:
    """1 where the asked person has a tie of another relation to the other one: follows whom they will react to."""
    return block.column("other")


def preferential_attachment(block: Block) -> Floats:
    """How many have the tie to the other person; the product with the asked person's own number has the same order."""
    return _of_people(block, block.features.people[:, PEOPLE.index("in")].astype(np.float64))


def recent_followers(block: Block) -> Floats:
    """How many have the tie to the other person since the recent period; among equals, since ever."""
    people = block.features.people.astype(np.float64)
    return _of_people(block, people[:, PEOPLE.index("in recent")] + _ALL_TIME * people[:, PEOPLE.index("in")])


def common_neighbours(block: Block) -> Floats:
    """People who have a tie with both, in either direction."""
    return block.column("common")


def adamic_adar(block: Block) -> Floats:
    """Common neighbours, each counted for 1 / ln(number of their neighbours)."""
    return block.column("adamic-adar")


RIVALS: Mapping[str, Scorer] = MappingProxyType(
    {
        "reciprocity": reciprocity,
        "another tie": another_tie,
        "preferential attachment": preferential_attachment,
        "recent followers": recent_followers,
        "common neighbours": common_neighbours,
        "Adamic-Adar": adamic_adar,
    }
)


def _of_people(block: Block, scores: Floats) -> Floats:
    return np.repeat(scores[None], len(block.users), 0)
