"""A tenth of the malformed corpus, and a mixed file of each format, through the whole load; all of it: benchmarks."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.corpus.cases import mixed, single
from tests.corpus.classes import FAULTS
from tests.corpus.fault import FORMATS, Fault, Format
from tests.corpus.judge import judge

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "malformed.py"


@pytest.fixture(scope="module")
def malformed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_malformed", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def sample() -> list[tuple[Fault, Format]]:
    """A seeded tenth of all classes in all formats where they mean something."""
    pairs = [(fault, fmt) for fault in FAULTS for fmt in FORMATS if fmt in fault.formats]
    chosen = np.random.default_rng(20).choice(len(pairs), len(pairs) // 10, replace=False)
    return [pairs[i] for i in sorted(chosen)]


@pytest.mark.parametrize(("fault", "fmt"), sample(), ids=lambda value: getattr(value, "name", value))
def test_each_record_lands_where_its_truth_says(
    fault: Fault, fmt: Format, malformed: ModuleType, tmp_path: Path
) -> None:
    case = single(fault, fmt, rows=60, seed=9)
    assert judge(case, malformed.load(case, tmp_path)) == []


@pytest.mark.parametrize("fmt", FORMATS)
def test_all_classes_mixed_land_where_their_truth_says(fmt: Format, malformed: ModuleType, tmp_path: Path) -> None:
    case = mixed(fmt, "orders", rows=1200, share=0.25, seed=9)
    assert judge(case, malformed.load(case, tmp_path)) == []
