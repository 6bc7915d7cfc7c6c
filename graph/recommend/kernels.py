"""Compiled inner loops; the only module of graph/recommend that imports numba, by way of ``dense_rows``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def fill_top(scores: Any, place: Any, for_all: Any, low: Any, high: Any, barred: Any, best: Any) -> None:
    """The k best items of each row, see ``dense_rows.top_of_rows``; ``best`` is int64 (u, k), filled with -1.

    A sorted list of k is kept for each row; most items fail the comparison with its last entry, so that only the
    others are looked up among the row's barred items, which are ``barred[low:high]``, ascending.
    """
    k = best.shape[1]
    values = np.empty(k, scores.dtype)
    for row in range(scores.shape[0]):
        line, items, count = scores[row], best[row], 0
        for item in range(line.shape[0]):
            value = line[item]
            if value == -np.inf or (count == k and value < values[k - 1]):
                continue
            if count == k and value == values[k - 1] and place[item] > place[items[k - 1]]:
                continue
            if for_all[item]:
                continue
            found = low[row] + np.searchsorted(barred[low[row] : high[row]], item)
            if found < high[row] and barred[found] == item:
                continue
            at = min(count, k - 1)
            while at > 0 and (
                values[at - 1] < value or (values[at - 1] == value and place[items[at - 1]] > place[item])
            ):
                values[at], items[at] = values[at - 1], items[at - 1]
                at -= 1
            values[at], items[at] = value, item
            count = min(count + 1, k)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def add_rows(starts: Any, things: Any, amounts: Any, offsets: Any, items: Any, values: Any, result: Any) -> None:
    """The sparse product that ``dense_rows.add_product`` adds, from the arrays of both matrices."""
    for row in range(result.shape[0]):
        line = result[row]
        for at in range(starts[row], starts[row + 1]):
            thing, amount = things[at], amounts[at]
            for entry in range(offsets[thing], offsets[thing + 1]):
                line[items[entry]] += amount * values[entry]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def solve_systems(starts: Any, columns: Any, weights: Any, values: Any, ridge: Any, vectors: Any, result: Any) -> None:
    """The systems of equations of ``voters.als.solve_rows`` in the rotated basis, one for each row."""
    d = vectors.shape[1]
    for row in range(result.shape[0]):
        first, count = starts[row], starts[row + 1] - starts[row]
        if count == 0:
            continue
        mine, scaled = np.empty((count, d)), np.empty((count, d))
        for event in range(count):
            for place in range(d):
                value = vectors[columns[first + event], place]
                mine[event, place] = value
                scaled[event, place] = value / (values[place] + ridge[row])
        if count < d:
            system = scaled @ mine.T
            for event in range(count):
                system[event, event] += 1.0 / weights[first + event]
            result[row] = np.linalg.solve(system, np.ones(count)) @ scaled
            continue
        right = np.zeros(d)
        for event in range(count):
            for place in range(d):
                scaled[event, place] = mine[event, place] * weights[first + event]
                right[place] += scaled[event, place]
        system = mine.T @ scaled
        for place in range(d):
            system[place, place] += values[place] + ridge[row]
        result[row] = np.linalg.solve(system, right)
