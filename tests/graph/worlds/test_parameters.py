from __future__ import annotations

import json

from graph.worlds import EvRetail, defaults_hash


def test_the_defaults_are_frozen():
    """Figures elsewhere are quoted for this market; whoever changes a default changes all of them."""
    assert defaults_hash() == "7edd17e2e2d80287c7f0de72c9ff738c15e70015a9b1fd7f63c3ef08a7fb17c4"


def test_canonical_json_is_sorted_and_complete():
    text = EvRetail().canonical_json()
    document = json.loads(text)
    assert list(document) == sorted(document)
    assert document["loyalty"] == EvRetail().loyalty
    assert set(document) == set(EvRetail.__dataclass_fields__)


def test_every_parameter_is_explained():
    for name in EvRetail.__dataclass_fields__:
        assert name in (EvRetail.__doc__ or ""), name


def test_counts_grow_with_users():
    scaled = EvRetail().scaled
    assert scaled(100, 5000, power=0.5, least=1) == 100
    assert scaled(100, 500_000, power=0.5, least=1) == 1000
    assert scaled(100, 50, power=1.0, least=7) == 7
