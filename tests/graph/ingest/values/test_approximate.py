"""Numbers that say only roughly how many."""

from __future__ import annotations

import pytest

from graph.ingest.values.approximate import roughly


@pytest.mark.parametrize("cell", ["约" + "1" * 64_000, "1-" * 32_000 + "1"])
def test_long_texts_are_no_rough_numbers(cell: str) -> None:
    assert roughly(cell) is None
