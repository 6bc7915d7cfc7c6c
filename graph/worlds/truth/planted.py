"""What was planted, written beside the files of a world; tests and benchmarks read it, an algorithm never does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.worlds.stages.events import CAUSES
from graph.worlds.stages.people import TIERS
from graph.worlds.world import World
from graph.worlds.writing.attributes import item_ids, person_ids

if TYPE_CHECKING:
    from graph.worlds.recipe import Export

VERSION = 1
VERSIONS = (1, 2)
"""Versions of the worlds; version 2 has further arrays and entries."""
ROLES = ("user", "kol", "both")


def write_truth(
    world: World,
    directory: Path,
    *,
    name: str,
    export: Export,
    oracle: Mapping[str, Any],
    rows: Mapping[str, int],
    causes: Mapping[str, np.ndarray],
) -> None:
    """Write ``truth.json`` and one .npy file per array into a new folder.

    Args:
        world: The made world.
        directory: The new folder.
        name: What the world is called.
        export: What only this kind of market has planted.
        oracle: Score of the oracle.
        rows: Rows of each file.
        causes: Cause of each row of the files of dated events.
    """
    directory.mkdir()
    people, ties, kols = world.people, world.ties, world.people.kols
    role = np.zeros(len(people), dtype=np.int8)
    role[kols.person] = np.where(kols.person < people.users, 2, 1)
    audience = np.bincount(ties.followed, minlength=len(people))
    fakes = np.bincount(ties.followed, weights=people.fake[ties.follower], minlength=len(people)).astype(np.int64)
    ids = person_ids(world)
    arrays: dict[str, np.ndarray] = {
        "people": ids.astype(np.bytes_), "community": people.community, "fake": people.fake, "role": role,
        "taste": people.taste, "community_taste": world.market.interests,
        "influencer": ties.followed, "influenced": ties.follower, "influence": ties.chance,
        "kol_ids": ids[kols.person].astype(np.bytes_), "kol_cost": kols.cost, "kol_tier": kols.tier.astype(np.int64),
        "kol_bought": kols.bought, "kol_authenticity": kols.authenticity,
        "kol_real_audience": (audience - fakes)[kols.person], "kol_fake_audience": fakes[kols.person],
        **{f"cause_{file}": cause for file, cause in causes.items()},
        **{f"further_{what}": array for what, array in export.truth.items()},
    }  # fmt: skip
    for kind in world.shape.kinds:
        items = world.market.of(kind)
        arrays[f"{kind}_ids"] = item_ids(items).astype(np.bytes_)
        arrays[f"{kind}_taste"] = items.taste.astype(np.float32)
        arrays |= {f"{kind}_{n}": getattr(items, n) for n in ("popularity", "interest", "home", "launch")}
    for file, array in arrays.items():
        np.save(directory / f"{file}.npy", array, allow_pickle=False)
    summary = {**_summary(world, name, oracle, rows, causes=causes), **export.facts}
    (directory / "truth.json").write_bytes((json.dumps(summary, ensure_ascii=False, indent=2) + "\n").encode())


def _summary(
    world: World, name: str, oracle: Mapping[str, Any], rows: Mapping[str, int], *, causes: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    real = ~world.people.fake
    return {
        "version": VERSION,
        "world": name,
        "users": world.people.users,
        "seed": world.seed,
        "parameters": json.loads(world.parameters.canonical_json()),
        "communities": len(world.market.shares),
        "community_sizes": np.bincount(world.people.community[real], minlength=len(world.market.shares)).tolist(),
        "bought_accounts": int(world.people.fake.sum()),
        "oracle": dict(oracle),
        "interests": world.shape.tags.tolist(),
        "tiers": list(TIERS),
        "roles": list(ROLES),
        "causes": list(CAUSES),
        "events_by_cause": {
            file: np.bincount(cause, minlength=len(CAUSES)).tolist() for file, cause in sorted(causes.items())
        },
        "rows": dict(rows),
    }
