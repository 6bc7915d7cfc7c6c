import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.report import charts as c
from graph.report.findings import CurvePoint, Lift, Overlap, Points, SegmentMap


def test_a_share_is_as_wide_as_it_says():
    assert 'width="24.13%"' in c.share_bar(0.2413)


def test_lifts_are_drawn_against_the_largest_and_marked_at_one():
    made = c.lift_bars("lifts", [Lift("SUV", "tag", 4.0, 410, 500), Lift("<b>", "kol", 2.0, 7)])
    assert 'width="100%" height="5"' in made
    assert 'width="50%" height="5"' in made
    assert made.count('x1="25%" x2="25%"') == 2
    assert "×4.0" in made
    assert "n = 410 <small>of 500</small>" in made
    assert "&lt;b&gt;" in made


def test_a_bar_has_its_whisker_at_the_ends_of_the_interval():
    made = c.interval_bars("m", [c.Bar("a", 0.2, 0.1, 0.3, strong=True), c.Bar("b", 0.05, -0.1, 0.5)], full=0.4)
    assert 'width="50%"' in made
    assert 'x1="25%" x2="75%"' in made
    # The second interval runs over both edges: cut, and without caps.
    assert 'x1="0%" x2="100%"' in made
    assert made.count('y1="6" y2="14"') == 4
    assert "<b>0.200</b> <small>(0.100–0.300)</small>" in made


def test_a_bar_without_a_value_says_unknown():
    made = c.interval_bars("m", [c.Bar("a", None, None, None)], full=1.0)
    assert "<b>unknown</b>" in made
    assert "<rect" not in made


def test_parts_of_a_score_stand_one_after_the_other_in_a_fixed_order():
    made = c.score_bar([Points("fit", 20.0), Points("reach", 30.0)], ["reach", "fit"])
    assert re.findall(r'x="(\S+)" width="(\S+)" height="12" class="(part\d)"', made) == [
        ("0%", "30%", "part0"),
        ("30%", "20%", "part1"),
    ]


def test_the_curve_runs_over_the_frame_and_marks_its_knee():
    points = [CurvePoint(k, None, 100.0 * k, 100.0 * k - 10, 100.0 * k) for k in (1, 2, 3, 4, 5)]
    made = c.spread_curve(points, knee=3, unit="people")
    assert 'points="12,72.4 33,56.8 54,41.2 75,25.6 96,10"' in made
    assert 'cx="54%" cy="41.2%" r="4" class="dot strong"' in made
    assert "knee: 3 seeds" in made
    assert '<td class="n">unknown</td>' in made


@pytest.mark.parametrize("knee", [None, 9])
def test_no_knee_is_drawn_where_there_is_none(knee):
    made = c.spread_curve([CurvePoint(1, 5.0, 0.0, 0.0, 0.0)], knee=knee, unit="people")
    assert "knee" not in made
    assert 'cx="50%" cy="88%"' in made


def test_overlap_tints_grow_with_the_share_and_the_diagonal_is_empty():
    made = c.overlap_map(Overlap(("a", "b"), ((1.0, 0.5), (None, 1.0))))
    assert 'fill-opacity="0.24"' in made
    assert ">50%</text>" in made
    assert ">?</text>" in made
    assert made.count('class="track"') == 2


def test_a_large_overlap_draws_twenty_and_tables_all():
    names = tuple(f"k{i:02d}" for i in range(30))
    made = c.overlap_map(Overlap(names, tuple(tuple(0.1 for _ in names) for _ in names)))
    assert made.count('class="track"') == 20
    assert '<th scope="row">k29</th>' in made


def test_lines_of_the_map_count_both_directions_and_the_strongest_is_drawn_last():
    tie_map = SegmentMap(("S1", "S2", "S3"), (9, 4, 1), ((50, 6, 1), (4, 20, 0), (1, 0, 5)))
    made = c.segment_map(tie_map)
    assert re.findall(r"<title>(S\d – S\d: \d+ ties)", made) == ["S1 – S3: 2 ties", "S1 – S2: 10 ties"]
    assert re.findall(r'stroke-width="(\S+)"', made) == ["2.4", "9.6"]
    assert '<th scope="row">S2</th><td class="n">4</td><td class="n">20</td><td class="n">0</td>' in made


def circles(sizes):
    n = len(sizes)
    zeros = tuple((0,) * n for _ in range(n))
    made = c.segment_map(SegmentMap(tuple(f"S{i}" for i in range(n)), tuple(sizes), zeros))
    return [tuple(map(float, found)) for found in re.findall(r'cx="(\S+)" cy="(\S+)" r="(\S+)"', made)]


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=40))
def test_circles_never_touch_and_stay_on_the_drawing(sizes):
    drawn = circles(sizes)
    assert len(drawn) == min(len(sizes), 24)
    for i, (x, y, r) in enumerate(drawn):
        assert 0 <= x - r <= x + r <= 420
        assert 0 <= y - r <= y + r <= 420
        for x2, y2, r2 in drawn[:i]:
            assert math.hypot(x - x2, y - y2) > r + r2


def test_circles_have_areas_by_people():
    (_, _, large), (_, _, small) = circles([400, 100])
    assert large / small == pytest.approx(2.0)
