"""Synthetic markets with known ground truth (communities, tastes, influence, fake followers), from a seed.

>>> from pathlib import Path
>>> from graph.worlds import synthesise, read_truth   # doctest: +SKIP
>>> synthesise(Path("market"), users=5000, seed=7).oracle_ami   # doctest: +SKIP
"""

from graph.worlds.ev.files import FILES
from graph.worlds.parameters import EvRetail, defaults_hash
from graph.worlds.rental.shape import CarRental
from graph.worlds.shop.shape import ECommerce
from graph.worlds.synth import WORLDS, WorldReport, synthesise
from graph.worlds.truth.planted import Truth, preference, ranking_oracle, read_truth

__all__ = [
    "FILES",
    "WORLDS",
    "CarRental",
    "ECommerce",
    "EvRetail",
    "Truth",
    "WorldReport",
    "defaults_hash",
    "preference",
    "ranking_oracle",
    "read_truth",
    "synthesise",
]
