"""Keep a plan (whom to seed, and what that brings) as a folder with one JSON file, and read it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.atomic_io import read_record, write_record
from graph.influence.seeds import SeedSet

FILE = "plan.json"
# Kept of a seed set, and of each rival, under the same names.
_SAME = ("method", "certificate", "optimism", "stopped", "sets", "fresh_sets", "own", "cost")
_RIVAL = ("name", "cost", "spread", "low", "high")


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
            spread=chosen.total,
            seeds=seeds,
            rivals=[{**{name: getattr(r, name) for name in _RIVAL}, "seeds": len(r.seeds)} for r in chosen.rivals],
            **{name: getattr(chosen, name) for name in _SAME},
        )


def write_plan(directory: Path, plan: KeptPlan) -> Path:
    """Write a plan as a folder that appears whole or not at all; an existing folder is replaced.

    Returns:
        The folder.
    """
    return write_record(directory / FILE, plan)


def read_plan(directory: Path) -> KeptPlan:
    """The plan that ``write_plan`` kept.

    Raises:
        DataError: the folder cannot be read.
    """
    return read_record(directory / FILE, KeptPlan, what="a readable plan")
