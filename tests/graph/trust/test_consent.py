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
        ("marketing mail", True, False, {"mail": 1}),
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
