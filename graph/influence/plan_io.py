"""Keep a plan (whom to seed, and what that brings) as a folder with one JSON file, and read it back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from graph.atomic_io import atomic_folder, write_json
from graph.errors import DataError
from graph.influence.seeds import SeedSet

FILE = "plan.json"


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as it is kept; see ``SeedSet`` for the figures.

    Attributes:
        asked: What was asked for: seeds, budget, product, segment.
        inputs: Name to fingerprint of what it was made from; ``left_out`` is absent where nobody was left out.
        notes: What the data lack, a sentence each.
        seeds: From ``SeedSet.rows``, each with the name of the person.
        rivals: The usual rules under the same limits: name, seeds (their number), cost, spread, low, high.
    """

    asked: Mapping[str, Any]
    inputs: Mapping[str, str]
    notes: Sequence[str]
    method: str
    certificate: float | None
    optimism: float | None
    stopped: str
    sets: int
    fresh_sets: int
    spread: float
    own: float
    cost: float | None
    seeds: Sequence[Mapping[str, Any]]
    rivals: Sequence[Mapping[str, Any]]

    @staticmethod
    def of(
        chosen: SeedSet,
        *,
        asked: Mapping[str, Any],
        inputs: Mapping[str, str],
        notes: Sequence[str],
        seeds: Sequence[Mapping[str, Any]],
    ) -> KeptPlan:
        """The plan of chosen seeds; the arguments are the attributes of the same names."""
        return KeptPlan(
            asked=asked,
            inputs=inputs,
            notes=notes,
            method=chosen.method,
            certificate=chosen.certificate,
            optimism=chosen.optimism,
            stopped=chosen.stopped,
            sets=chosen.sets,
            fresh_sets=chosen.fresh_sets,
            spread=chosen.total,
            own=chosen.own,
            cost=chosen.cost,
            seeds=seeds,
            rivals=[
                {
                    "name": r.name,
                    "seeds": len(r.seeds),
                    "cost": r.cost,
                    "spread": r.spread,
                    "low": r.low,
                    "high": r.high,
                }
                for r in chosen.rivals
            ],
        )


def write_plan(directory: Path, plan: KeptPlan) -> Path:
    """Write a plan as a folder that appears whole or not at all; an existing folder is replaced.

    Returns:
        The folder.
    """
    with atomic_folder(directory) as draft:
        write_json(draft / FILE, asdict(plan))
    return directory


def read_plan(directory: Path) -> KeptPlan:
    """The plan that ``write_plan`` kept.

    Raises:
        DataError: the folder cannot be read.
    """
    try:
        return KeptPlan(**json.loads((directory / FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            f"{directory} does not hold a readable plan: {error}", hint="make it anew: graphvine build"
        ) from None
