"""Upper bound for finding communities: a Bayes classifier that knows the planted profiles.

The classifier uses every person's events and ties, like any algorithm, and also the planted P(item | community) of
every item type, the noise, and the rate of ties between each pair of communities. Found segments are compared with its
adjusted mutual information with the truth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.worlds.parameters import Parameters
from graph.worlds.shape import Shape
from graph.worlds.stages.catalogue import Market
from graph.worlds.stages.draws import Floats, Ints
from graph.worlds.stages.people import People
from graph.worlds.stages.ties import FRIEND, Ties
from graph.worlds.world import World

_ROUNDS = 6
_CHUNK = 2_000_000
_PEOPLE = 65_536
_COLUMNS = 16
Narrow2 = NDArray[np.float32]


def adjusted_mutual_information(truth: NDArray[np.integer], found: NDArray[np.integer]) -> float:
    """Adjusted mutual information with the arithmetic mean as normaliser (Vinh, Epps and Bailey 2010).

    Args:
        truth: (n,) whole-number labels; any numbers.
        found: (n,) whole-number labels of the same elements.

    Returns:
        1 for equal partitions, about 0 for independent ones; two trivial partitions count as equal.

    >>> adjusted_mutual_information(np.array([0, 0, 1, 1]), np.array([5, 5, 3, 3]))
    1.0
    """
    _, rows = np.unique(truth, return_inverse=True)
    _, columns = np.unique(found, return_inverse=True)
    width = int(columns.max()) + 1 if len(columns) else 0
    table = np.bincount(rows * width + columns, minlength=(int(rows.max()) + 1) * width if len(rows) else 0)
    table = table.reshape(-1, max(width, 1)).astype(np.float64)
    total = table.sum()
    a, b = table.sum(axis=1), table.sum(axis=0)
    if len(a) == len(b) == 1 or len(a) == len(b) == total or total == 0:
        return 1.0
    filled = table > 0
    share = table[filled] / total
    mutual = float((share * np.log(table[filled] * total / np.outer(a, b)[filled])).sum())
    expected = _expected(a.astype(np.int64), b.astype(np.int64), int(total))
    ceiling = (_entropy(a / total) + _entropy(b / total)) / 2.0
    spare = ceiling - expected
    spare = min(spare, -np.finfo(float).eps) if spare < 0 else max(spare, np.finfo(float).eps)
    return float(np.clip((mutual - expected) / spare, -1.0, 1.0))


def _entropy(share: Floats) -> float:
    share = share[share > 0]
    return float(-(share * np.log(share)).sum())


def _expected(a: Ints, b: Ints, total: int) -> float:
    """Expected mutual information of two partitions of these sizes, under random permutation."""
    logs = np.concatenate([[0.0, 0.0], np.cumsum(np.log(np.arange(2, total + 1)))])
    expected = 0.0
    for left, count_left in zip(*np.unique(a, return_counts=True), strict=True):
        for right, count_right in zip(*np.unique(b, return_counts=True), strict=True):
            n = np.arange(max(1, left + right - total), min(left, right) + 1)
            log_chance = (
                logs[left] + logs[right] + logs[total - left] + logs[total - right] - logs[total]
                - logs[n] - logs[left - n] - logs[right - n] - logs[total - left - right + n]
            )  # fmt: skip
            term = n / total * (np.log(n) + np.log(total) - np.log(left) - np.log(right)) * np.exp(log_chance)
            expected += float(term.sum()) * int(count_left) * int(count_right)
    return expected


def infer_communities(world: World) -> Ints:
    """The likeliest community of every person: int64 (n,), -1 for fake accounts.

    Naive Bayes over distinct (person, item) pairs, then rounds of belief propagation over ties with the planted
    mixing between communities, separately for friends and each KOL tier.
    """
    people = world.people
    evidence = _evidence(world)
    evidence += np.log(world.market.shares).astype(np.float32)
    links = _links(people, world.ties)
    message = np.zeros_like(evidence)
    for _ in range(_ROUNDS):
        message = _messages(_beliefs(evidence, message), links)
    message += evidence
    return np.where(people.fake, -1, np.argmax(message, axis=1))


def _beliefs(evidence: Narrow2, message: Narrow2) -> Narrow2:
    """P(community) of every person; overwrites ``message``."""
    message += evidence
    message -= message.max(axis=1, keepdims=True)
    np.exp(message, out=message)
    message /= message.sum(axis=1, keepdims=True)
    return message


def _messages(belief: Narrow2, links: list[tuple[Any, Floats]]) -> Narrow2:
    """What ties say about each person's community, both ways, a few communities at a time to save memory."""
    message = np.zeros_like(belief)
    for forward, mixing in links:
        for first in range(0, belief.shape[1], _COLUMNS):
            part = slice(first, first + _COLUMNS)
            message[:, part] += forward @ _log_product(belief, mixing.T[:, part])
            message[:, part] += forward.T @ _log_product(belief, mixing[:, part])
    return message


def _log_product(belief: Narrow2, mixing: Floats) -> Narrow2:
    """log(belief @ mixing), in double precision so that the number of threads cannot show in the answer."""
    product = np.empty((len(belief), mixing.shape[1]), dtype=np.float32)
    for first in range(0, len(belief), _PEOPLE):
        part = slice(first, first + _PEOPLE)
        product[part] = np.log(belief[part].astype(np.float64) @ mixing)
    return product


def _profiles(shape: Shape, parameters: Parameters, market: Market) -> Narrow2:
    """log P(item | community) - log P(item), all item types side by side: float32 (items, C)."""
    parts = []
    for kind in shape.kinds:
        catalogue = market.of(kind)
        chance = market.interests[:, catalogue.interest] * catalogue.taste
        chance = (1.0 - parameters.noise) * chance + parameters.noise * catalogue.popularity
        parts.append(np.log(chance / (market.shares @ chance)).T)
    return np.concatenate(parts).astype(np.float32)


def _evidence(world: World) -> Narrow2:
    """Sum of the profiles of the distinct items of each person: float32 (n, C)."""
    from scipy.sparse import csr_array

    shape, market, people, events = world.shape, world.market, world.people, world.events
    profiles = _profiles(shape, world.parameters, market)
    first = np.cumsum([0, *(len(market.of(kind)) for kind in shape.kinds)])
    width = len(profiles)
    total = np.zeros((len(people), profiles.shape[1]), dtype=np.float32)
    published = [
        people.kols.person[post.kol] * width + first[shape.kinds.index(kind)] + post.item
        for kind, post in ((shape.promoted, world.promotions), (shape.mentioned, world.mentions))
    ]
    keys = events.person.astype(np.int64)
    keys *= width
    keys += first[shape.kind_of[events.relation]]
    keys += events.item
    keys = np.concatenate([keys, *published])
    keys.sort()
    ones = np.ones(_CHUNK, dtype=np.float32)
    for start in range(0, len(keys), _CHUNK):
        # The last key of the chunk before decides whether this chunk starts with a repeat.
        part = keys[max(start - 1, 0) : start + _CHUNK]
        fresh = part[1:][part[1:] != part[:-1]] if start else np.unique(part)
        person, item = fresh // width, (fresh % width).astype(np.int32)
        low, high = (int(person[0]), int(person[-1]) + 1) if len(person) else (0, 0)
        offsets = np.searchsorted(person, np.arange(low, high + 1)).astype(np.int32)
        rows = csr_array((ones[: len(fresh)], item, offsets), shape=(high - low, width))
        total[low:high] += rows @ profiles
    return total


def _links(people: People, ties: Ties) -> list[tuple[Any, Floats]]:
    """Per class of ties the sparse matrix follower -> followed and the mixing ratio between communities."""
    from scipy.sparse import csr_array

    count = int(people.community.max()) + 1
    links = []
    for kind in range(FRIEND + 1):
        rows = np.flatnonzero((ties.kind == kind) & ~people.fake[ties.follower])
        if not len(rows):
            continue
        follower, followed = ties.follower[rows], ties.followed[rows]
        pairs = people.community[follower] * count + people.community[followed]
        table = np.bincount(pairs, minlength=count * count).reshape(count, count) + 0.5
        expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
        ones = np.ones(len(rows), dtype=np.float32)
        square = (len(people), len(people))
        links.append((csr_array((ones, (follower, followed)), shape=square), table / expected))
    return links
