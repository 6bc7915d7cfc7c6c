"""Which exposure is behind an adoption, against a plain search; sittings of KOLs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.worlds.stages.campaigns import Action, Exposures
from graph.worlds.stages.influence import _sittings

ACTIONS = (Action("a", "2025-11-01", "2025-11-11", 0.5, 1.0), Action("b", "2025-11-05", "2025-11-20", 0.5, 1.0))
# 2025-11-12 and 2025-11-21 at midnight in UTC+8.
ENDS = (1762876800, 1763654400)
BASE = ENDS[0] - 11 * 86_400


def exposures(rows: list[tuple[int, int, int]]) -> Exposures:
    campaign, person, clicked = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    nothing = np.zeros(len(rows), dtype=np.int64)
    return Exposures(ACTIONS, campaign, person, nothing, nothing, nothing, clicked)


def test_a_campaign_ends_after_its_last_local_day() -> None:
    assert exposures([(0, 0, 5)]).ends().tolist() == list(ENDS)


clicks = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3), st.one_of(st.just(-1), st.integers(BASE, ENDS[1]))),
    min_size=1,
    max_size=20,
    unique_by=lambda row: (row[1], row[2]),
)
adoptions = st.lists(st.tuples(st.integers(0, 3), st.integers(BASE, ENDS[1] + 86_400)), min_size=1, max_size=20)


@given(clicks, adoptions)
@settings(max_examples=200, deadline=None)
def test_behind_is_the_last_click_before_in_a_campaign_still_on(
    rows: list[tuple[int, int, int]], bought: list[tuple[int, int]]
) -> None:
    found = exposures(rows).behind(np.array([p for p, _ in bought]), np.array([t for _, t in bought]))
    for (person, time), answer in zip(bought, found.tolist(), strict=True):
        earlier = [(c, i) for i, (_, p, c) in enumerate(rows) if p == person and 0 <= c <= time]
        last = max(earlier)[1] if earlier else -1
        assert answer == (last if last >= 0 and time < ENDS[rows[last][0]] else -1)


def test_nobody_clicked() -> None:
    assert exposures([(0, 1, -1)]).behind(np.array([1, 1]), np.array([BASE, BASE])).tolist() == [-1, -1]


def test_sittings_meet_in_the_middle_and_wait_for_launches() -> None:
    kol = np.array([1, 0, 0, 0, 1, 0])
    time = np.array([9, 30, 10, 20, 5, 99], dtype=np.int32)
    item = np.arange(6)
    together = _sittings(kol, item, time, np.array([0, 0, 0, 0, 0, 0]), size=3)
    assert together.tolist() == [9, 20, 20, 20, 9, 99]
    late = _sittings(kol, item, time, np.array([0, 25, 0, 0, 0, 0]), size=3)
    assert late.tolist() == [9, 30, 20, 20, 9, 99]
    twice = _sittings(kol, np.array([0, 1, 2, 1, 4, 1]), time, np.array([0, 0, 0, 0, 0, 0]), size=3)
    assert twice.tolist() == [9, 30, 20, 20, 9, 99]
