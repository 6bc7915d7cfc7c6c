"""Reads what was planted in a synthetic market, for tests and benchmarks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import DataError
from graph.worlds.truth.planted import VERSIONS


@dataclass(frozen=True, slots=True)
class ItemTruth:
    """Planted profile of the n items of one type.

    Attributes:
        ids: str (n,), external ids in rising order.
        popularity: float64 (n,), sums to 1.
        interest: int64 (n,), position in the interests of the summary.
        home: bool (C, n), home communities; none for universal items.
        launch: int64 (n,), UTC seconds; 0 for items older than the window.
        taste: float32 (C, n), P(item | community, its interest).
    """

    ids: NDArray[np.str_]
    popularity: NDArray[np.float64]
    interest: NDArray[np.int64]
    home: NDArray[np.bool_]
    launch: NDArray[np.int64]
    taste: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KolTruth:
    """The m KOLs: external ids, price of a post, and how real their audience is.

    Attributes:
        ids: str (m,).
        cost: float64 (m,), yuan per post.
        tier: int64 (m,), position in ``people.TIERS``, by stated followers.
        bought: bool (m,), bought followers.
        authenticity: float64 (m,), real share of the stated followers.
        real_audience, fake_audience: int64 (m,), followers within the files.
    """

    ids: NDArray[np.str_]
    cost: NDArray[np.float64]
    tier: NDArray[np.int64]
    bought: NDArray[np.bool_]
    authenticity: NDArray[np.float64]
    real_audience: NDArray[np.int64]
    fake_audience: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Truth:
    """The planted truth of one world; arrays are memory-mapped where they are large.

    Attributes:
        summary: The contents of truth.json: version, world, users, seed, parameters, counts, oracle.
        people: str (n,), external ids; users come first, in the order of users.csv, then KOLs who are not users.
        community: int64 (n,); 0 is the largest, -1 for fake accounts, which belong to no community.
        fake: bool (n,), fake accounts (bought as followers). They have rows in users.csv; scores over real people
            leave them out.
        role: int8 (n,), position in ``ROLES``.
        taste: float32 (users, K), each user's attention over interests; rows sum to 1.
        community_taste: float64 (C, K), the centre of those tastes.
        items: Profiles by type, of product, vehicle and topic those that this market has.
        influencer, influenced: int32 (e,), numbers of people: the second follows the first.
        influence: float32 (e,), probability that an adoption of the first causes one of the second.
        kols: The KOLs.
        causes: Per file of dated events a uint8 per row, in file order, position in ``events.CAUSES``.
        further: World-specific arrays, by name; see the package of the world.
    """

    summary: Mapping[str, Any]
    people: NDArray[np.str_]
    community: NDArray[np.int64]
    fake: NDArray[np.bool_]
    role: NDArray[np.int8]
    taste: NDArray[np.float32]
    community_taste: NDArray[np.float64]
    items: Mapping[str, ItemTruth]
    influencer: NDArray[np.int32]
    influenced: NDArray[np.int32]
    influence: NDArray[np.float32]
    kols: KolTruth
    causes: Mapping[str, NDArray[np.uint8]]
    further: Mapping[str, NDArray[Any]]

    @property
    def oracle_ami(self) -> float:
        """Adjusted mutual information of the oracle's communities over real people."""
        return float(self.summary["oracle"]["ami"])

    def numbers(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Numbers of people, in the order of ``ids``.

        Raises:
            DataError: an id is not in this world.
        """
        return _positions(self.people, ids)


def _positions(known: NDArray[np.str_], ids: Sequence[str]) -> NDArray[np.int64]:
    wanted = np.asarray(ids, dtype=np.str_)
    order = np.argsort(known)
    spot = np.minimum(np.searchsorted(known, wanted, sorter=order), len(known) - 1)
    found = order[spot]
    wrong = known[found] != wanted
    if wrong.any():
        raise DataError(
            f"id {str(wanted[wrong][0])!r} is not in this world",
            hint="read the truth of the world that the ids are from",
        )
    return found.astype(np.int64)


def read_truth(directory: Path) -> Truth:
    """Read the truth of the world in ``directory``.

    Raises:
        DataError: there is no truth, or it is of another version.
    """
    folder = directory / "truth"
    try:
        summary = json.loads((folder / "truth.json").read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        raise DataError(
            "no readable truth of a synthetic world", file=str(folder), hint="make one: graphvine data synth DIR"
        ) from None
    if summary.get("version") not in VERSIONS:
        raise DataError(
            f"the truth has version {summary.get('version')}, this program reads {VERSIONS}",
            file=str(folder), hint="make the world again: graphvine data synth DIR",
        )  # fmt: skip

    def load(name: str) -> Any:
        array = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return array.astype(np.str_) if array.dtype.kind == "S" else array

    kol_columns = ("ids", "cost", "tier", "bought", "authenticity", "real_audience", "fake_audience")
    item_columns = ("ids", "popularity", "interest", "home", "launch", "taste")
    plain = ("people", "community", "fake", "role", "taste", "community_taste")
    ties = ("influencer", "influenced", "influence")
    kinds = [path.name.removesuffix("_launch.npy") for path in sorted(folder.glob("*_launch.npy"))]
    further = [path.stem for path in sorted(folder.glob("further_*.npy"))]
    return Truth(
        summary=summary,
        items={kind: ItemTruth(*(load(f"{kind}_{name}") for name in item_columns)) for kind in kinds},
        kols=KolTruth(*(load(f"kol_{name}") for name in kol_columns)),
        causes={name: load(f"cause_{name}") for name in summary["events_by_cause"]},
        further={name.removeprefix("further_"): load(name) for name in further},
        **{name: load(name) for name in (*plain, *ties)},
    )


def preference(truth: Truth, users: Sequence[str], *, target: str) -> NDArray[np.float64]:
    """Planted probability that a user's next uncaused event with a ``target`` concerns each item.

    Args:
        truth: The planted truth.
        users: External ids of m people. Bought accounts follow popularity alone; KOLs who are no users have the
            taste of their community.
        target: A type of items of this world.

    Returns:
        float64 (m, n) in the order of ``truth.items[target].ids``; rows sum to 1. Launch dates, influence along
        ties and views before a purchase are not included: this is taste, not a forecast.

    Raises:
        DataError: a user or the target is not in this world.
    """
    items = _items(truth, target)
    rows = truth.numbers(users)
    community = truth.community[rows]
    noise = np.where(truth.fake[rows], 1.0, truth.summary["parameters"]["noise"])[:, None]
    liked = _attention(truth, rows)[:, items.interest] * items.taste[np.maximum(community, 0)]
    return (1.0 - noise) * liked + noise * items.popularity


def ranking_oracle(truth: Truth, users: Sequence[str], items: Sequence[str]) -> NDArray[np.float64]:
    """Planted preference of pairs: the score of an optimal ranking that knows the truth.

    Args:
        truth: The planted truth.
        users: External ids of m people.
        items: External ids of m items, all of one type.

    Returns:
        float64 (m,), see ``preference``.

    Raises:
        DataError: an id is not in this world, or the items are of several types.
    """
    if len(users) != len(items):
        raise DataError("users and items differ in length", hint="score pairs: one item for each user")
    if not len(items):
        return np.empty(0, dtype=np.float64)
    target = {kind[0].upper(): kind for kind in truth.items}.get(str(items[0])[:1], "")
    profile = _items(truth, target)
    rows, columns = truth.numbers(users), _positions(profile.ids, items)
    noise = np.where(truth.fake[rows], 1.0, truth.summary["parameters"]["noise"])
    attention = _attention(truth, rows)[np.arange(len(rows)), profile.interest[columns]]
    liked = attention * profile.taste[np.maximum(truth.community[rows], 0), columns]
    score: NDArray[np.float64] = (1.0 - noise) * liked + noise * profile.popularity[columns]
    return score


def _items(truth: Truth, target: str) -> ItemTruth:
    if target not in truth.items:
        raise DataError(f"no items of type {target!r}", hint=f"types: {', '.join(truth.items)}")
    return truth.items[target]


def _attention(truth: Truth, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64 (m, K): own taste of users, community taste of others."""
    own = rows < len(truth.taste)
    attention = truth.community_taste[np.maximum(truth.community[rows], 0)].astype(np.float64)
    attention[own] = truth.taste[rows[own]]
    return attention
