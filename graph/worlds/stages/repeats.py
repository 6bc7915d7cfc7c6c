"""Events that follow from a person's own earlier ones: the same again, and steps that lead to them."""

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
    """Adoptions of what is used up, again after about ``days``, each time with the same chance.

    Args:
        parameters: Numbers of the world.
        events: Events of a block of users.
        rows: int64 (m,), those that can be repeated.
        chance: Chance of one more, at most twelve.
        days: Mean of the time between two; the spread is two fifths of it.
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
    """The same again some day of the year after, when the season has it; at least four days later.

    What would fall behind the window is left out, so that repeats do not crowd at its end.

    Args:
        parameters: Numbers of the world.
        events: Events of a block of users.
        rows: int64 (m,), those that can be repeated.
        rhythm: When people adopt.
        chance: Chance of one more, at most twelve.
        rng: Generator of the block.
    """
    source, _ = _copies(rows, chance, rng)
    after = events.time[source].astype(np.int64) + 4 * _DAY
    inside = rng.random(len(source)) < rhythm.looking.left(after + parameters.start)
    source, after = source[inside], after[inside]
    time = rhythm.adopt(events.person[source], after + parameters.start, rng)
    return _at(parameters, events, source, time)


def _copies(rows: Ints, chance: float, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Each row as often as it is repeated, and where among these its first repeat stands."""
    turns = np.minimum(rng.geometric(1.0 - chance, len(rows)) - 1, _MOST)
    first = np.repeat(np.cumsum(turns) - turns, turns)
    return np.repeat(rows, turns), first


def _at(parameters: Parameters, events: Events, source: Ints, time: np.ndarray) -> Events:
    """The chosen events at another time, where that lies in the window."""
    inside = time < parameters.days * _DAY
    moved = events.take(source[inside])
    return Events(moved.relation, moved.person, moved.item, time[inside].astype(np.int32), moved.cause)


def steps_before(
    events: Events, rows: Ints, *, relation: int, earliest: np.ndarray, mean_hours: float, rng: np.random.Generator
) -> Events:
    """An event of another relation with the same item, some time before each of some events.

    Args:
        events: Events of a block of users.
        rows: int64 (m,), events that something leads to.
        relation: Position of the relation of the step.
        earliest: int64 (m,), seconds since the start before which there is none; such steps are left out.
        mean_hours: Mean of the time between the two.
        rng: Generator of the block.
    """
    time = events.time[rows] - 60 - rng.exponential(mean_hours * 3600.0, len(rows)).astype(np.int64)
    keep = time >= np.maximum(earliest, 0)
    later = events.take(rows[keep])
    step = np.full(len(later), relation, dtype=np.uint8)
    return Events(step, later.person, later.item, time[keep].astype(np.int32), later.cause)
