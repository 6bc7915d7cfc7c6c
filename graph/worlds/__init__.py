"""Seeded synthetic markets with planted truth: communities, tastes, influence, KOL costs and bought followers.

>>> from pathlib import Path
>>> from graph.worlds import synthesise, read_truth   # doctest: +SKIP
>>> synthesise(Path("market"), users=5000, seed=7).oracle_ami   # doctest: +SKIP
"""

from graph.worlds.parameters import EvRetail, defaults_hash
from graph.worlds.synth import WORLDS, WorldReport, synthesise
from graph.worlds.tables import FILES, mapping_toml
from graph.worlds.truth import Truth, preference, ranking_oracle, read_truth

__all__ = [
    "FILES",
    "WORLDS",
    "EvRetail",
    "Truth",
    "WorldReport",
    "defaults_hash",
    "mapping_toml",
    "preference",
    "ranking_oracle",
    "read_truth",
    "synthesise",
]
