"""A seeded tenth of the fault corpus, and a mixed file of each format, through the whole load.

``tests/faults/malformed.py`` tries all of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.corpus.all_faults import FAULTS
from tests.corpus.cases import mixed, single
from tests.corpus.fault import FORMATS, Fault, Format
from tests.corpus.outcomes import misses_of
from tests.faults import malformed


def sample() -> list[tuple[Fault, Format]]:
    """A seeded tenth of all classes in all formats where they mean something."""
    pairs = [(fault, fmt) for fault in FAULTS for fmt in FORMATS if fmt in fault.formats]
    chosen = np.random.default_rng(20).choice(len(pairs), len(pairs) // 10, replace=False)
    return [pairs[i] for i in sorted(chosen)]


@pytest.mark.proof(one_in=6)
@pytest.mark.parametrize(("fault", "fmt"), sample(), ids=lambda value: getattr(value, "name", value))
def test_each_record_lands_where_its_truth_says(fault: Fault, fmt: Format, tmp_path: Path) -> None:
    case = single(fault, fmt, rows=60, seed=9)
    assert misses_of(case, malformed.load(case, tmp_path)) == []


@pytest.mark.parametrize("fmt", FORMATS)
def test_all_classes_mixed_land_where_their_truth_says(fmt: Format, tmp_path: Path) -> None:
    case = mixed(fmt, "orders", rows=1200, share=0.25, seed=9)
    assert misses_of(case, malformed.load(case, tmp_path)) == []
