"""Consent in words."""

from __future__ import annotations

import numpy as np
import pytest

from graph.trust.consent import from_flags, from_texts
from graph.trust.lists import Purpose


@pytest.mark.parametrize(
    ("cell", "marketing", "profiling", "odd"),
    [
        ("marketing", True, False, {}),
        ("profiling|marketing", True, True, {}),
        ('["画像"]', False, True, {}),
        ("营销；画像", True, True, {}),
        ("是", True, True, {}),
        ("yes", True, True, {}),
        ("no", False, False, {}),
        ("", False, False, {}),
        ("marketing, no", False, False, {}),
        ("maybe", False, False, {"maybe": 1}),
        ("marketing mail", False, False, {"marketing mail": 1}),
        ("not marketing", False, False, {"not marketing": 1}),
        ("never marketing", False, False, {"never marketing": 1}),
        ("opt-out marketing", False, False, {"opt-out marketing": 1}),
        ("marketing (withdrawn)", False, False, {"marketing (withdrawn)": 1}),
        ("yes until 2025", False, False, {"yes until 2025": 1}),
        ("[marketing]", False, False, {"[marketing]": 1}),
        ('["not marketing"]', False, False, {'["not marketing"]': 1}),
        ("[" * 100_000, False, False, {"[" * 100_000: 1}),
        ("marketing: yes", True, False, {}),
        ("marketing yes", True, False, {}),
        ("营销：是；画像=否", True, False, {}),
        ("marketing: no, marketing", False, False, {}),
        ("marketing: perhaps", False, False, {"marketing: perhaps": 1}),
        ("mail: yes", False, False, {"mail: yes": 1}),
    ],
)
def test_a_text_grants_what_it_says(cell: str, marketing: bool, profiling: bool, odd: dict[str, int]) -> None:
    found = from_texts([cell])
    assert found.granted[Purpose.MARKETING].tolist() == [marketing]
    assert found.granted[Purpose.PROFILING].tolist() == [profiling]
    assert found.odd == odd


def test_only_true_grants() -> None:
    found = from_flags(np.array([1, 0, -1], np.int8))
    assert all(flags.tolist() == [True, False, False] for flags in found.granted.values())
