"""Repeated events, and earlier steps that lead to an event (such as a cart before a purchase)."""

from __future__ import annotations

import numpy as np

from graph.worlds.parameters import Parameters
from graph.worlds.stages.draws import Ints
from graph.worlds.stages.events import Events, Rhythm

_DAY = 86_400
_MOST = 12


def again_after_use(
    parameters: Parameters, events: Events, rows: Ints, *, chance: float, days: float, rng: np.random.Generator
) -> Events:
    """Repeat purchases of consumables after about ``days``, each with the same probability.

    Args:
        parameters: Numbers of the world.
        events: Events of a block of users.
        rows: int64 (m,), those that can be repeated.
        chance: Probability of one more; at most twelve.
        days: Mean time between two; the standard deviation is 0.4 of it.
        rng: Generator of the block.
    """
    source, first = _copies(rows, chance, rng)
    gap = (rng.gamma(6.0, days / 6.0, len(source)) * _DAY).astype(np.int64) + 3600
    total = np.cumsum(gap)
    before = np.concatenate([[0], total])[first]
    return _at(parameters, events, source, events.time[source] + total - before)


def again_in_season(
    parameters: Parameters, events: Events, rows: Ints, *, rhythm: Rhythm, chance: float, rng: np.random.Generator
) -> Events:
    """Repetitions on a day of the following year, drawn from the season, at least four days later.

    Repetitions after the window are dropped, so that they do not accumulate at its end.

    Args:
        parameters: Numbers of the world.
        events: Events of a block of users.
        rows: int64 (m,), those that can be repeated.
        rhythm: When people adopt.
        chance: Probability of one more; at most twelve.
        rng: Generator of the block.
    """
    source, _ = _copies(rows, chance, rng)
    after = events.time[source].astype(np.int64) + 4 * _DAY
    inside = rng.random(len(source)) < rhythm.looking.left(after + parameters.start)
    source, after = source[inside], after[inside]
    time = rhythm.adopt(events.person[source], after + parameters.start, rng)
    return _at(parameters, events, source, time)


def _copies(rows: Ints, chance: float, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Each row as often as it is repeated, and the position of its first repeat."""
    turns = np.minimum(rng.geometric(1.0 - chance, len(rows)) - 1, _MOST)
    first = np.repeat(np.cumsum(turns) - turns, turns)
    return np.repeat(rows, turns), first


def _at(parameters: Parameters, events: Events, source: Ints, time: np.ndarray) -> Events:
    """The chosen events at other times, without those outside the window."""
    inside = time < parameters.days * _DAY
    moved = events.take(source[inside])
    return Events(moved.relation, moved.person, moved.item, time[inside].astype(np.int32), moved.cause)


def steps_before(
    events: Events, rows: Ints, *, relation: int, earliest: np.ndarray, mean_hours: float, rng: np.random.Generator
) -> Events:
    """Add an event of another relation with the same item some time before each of these events.

    Args:
        events: Events of a block of users.
        rows: int64 (m,), events that get an earlier step.
        relation: Position of the relation of the step.
        earliest: int64 (m,), seconds since the start; steps before this are left out.
        mean_hours: Mean time between step and event.
        rng: Generator of the block.
    """
    time = events.time[rows] - 60 - rng.exponential(mean_hours * 3600.0, len(rows)).astype(np.int64)
    keep = time >= np.maximum(earliest, 0)
    later = events.take(rows[keep])
    step = np.full(len(later), relation, dtype=np.uint8)
    return Events(step, later.person, later.item, time[keep].astype(np.int32), later.cause)
