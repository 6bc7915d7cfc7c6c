from __future__ import annotations

import hashlib
import json

import pytest

from graph.worlds.parameters import EvRetail, Parameters
from graph.worlds.rental.shape import CarRental
from graph.worlds.shop.shape import ECommerce
from graph.worlds.synth import WORLDS


def test_the_defaults_are_frozen():
    """Figures elsewhere are quoted for this market; whoever changes a default changes all of them."""
    assert (
        hashlib.sha256(EvRetail().canonical_json().encode()).hexdigest()
        == "7edd17e2e2d80287c7f0de72c9ff738c15e70015a9b1fd7f63c3ef08a7fb17c4"
    )


def test_canonical_json_is_sorted_and_complete():
    text = EvRetail().canonical_json()
    document = json.loads(text)
    assert list(document) == sorted(document)
    assert document["loyalty"] == EvRetail().loyalty
    assert set(document) == set(EvRetail.__dataclass_fields__)


@pytest.mark.parametrize("parameters", [EvRetail, CarRental, ECommerce])
def test_every_parameter_is_explained(parameters: type[Parameters]):
    explained = f"{Parameters.__doc__} {parameters.__doc__}"
    for name in parameters.__dataclass_fields__:
        assert name in explained, name


def test_shares_of_own_events_add_up_and_every_name_is_known():
    for recipe in WORLDS.values():
        shape = recipe.shape
        assert sum(shape.mix) == pytest.approx(1.0)
        assert {relation.kind for relation in shape.relations} <= set(shape.kinds)
        assert {r.kind for r in shape.relations if r.spreads} == set(shape.caused)
        assert shape.promoted in shape.caused
        for turns in shape.caused.values():
            assert sum(share for _, share in turns) == pytest.approx(1.0)
            assert len({shape.view_of[shape.index(name)] for name, _ in turns}) == 1
        names = [spec.name for spec in recipe.files]
        assert len(set(names)) == len(names)
        assert {relation.name for relation in shape.relations} <= set(names)


def test_counts_grow_with_users():
    scaled = EvRetail().scaled
    assert scaled(100, 5000, power=0.5, least=1) == 100
    assert scaled(100, 500_000, power=0.5, least=1) == 1000
    assert scaled(100, 50, power=1.0, least=7) == 7
