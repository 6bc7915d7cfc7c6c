from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np

from graph.worlds.ev.shape import SHAPE
from graph.worlds.parameters import EvRetail
from graph.worlds.stages.events import Events
from graph.worlds.stages.influence import caused_events
from graph.worlds.synth import silent
from graph.worlds.truth.oracle import adjusted_mutual_information, infer_communities
from graph.worlds.world import World, make_world


def score(world: World) -> float:
    found = infer_communities(world)
    real = ~world.people.fake
    assert (found[~real] == -1).all()
    return adjusted_mutual_information(world.people.community[real], found[real])


def plant(**changes: float) -> World:
    return make_world(SHAPE, replace(EvRetail(), **changes), users=1500, on_step=silent, seed=11)  # type: ignore[arg-type]


def test_oracle_falls_with_noise_and_vanishes_without_structure():
    clean = score(plant(noise=0.02, loyalty=1.0, activity_median=20.0))
    usual = score(plant())
    noisy = score(plant(noise=0.6))
    nothing = score(plant(noise=1.0, homophily=0.0, kol_follows=0.0))
    assert clean > 0.97
    assert clean > usual > noisy > nothing
    assert nothing < 0.05


def cascade(world: World, chance: float) -> Events:
    ties = replace(world.ties, chance=np.full(len(world.ties), chance, dtype=np.float32), since=world.ties.since * 0)
    own = world.events.take(world.events.cause != 2)
    return caused_events(SHAPE, world.parameters, world.people, ties=ties, own=own, promotions=world.promotions, seed=5)


def test_without_influence_nothing_is_caused_and_with_certainty_everything_reachable_is():
    world = plant(adoption_delay_days=0.0)
    assert len(cascade(world, 0.0)) == 0
    everything = cascade(world, 1.0)
    buys = everything.relation == SHAPE.index("bought_product")
    first = int(np.flatnonzero((world.events.relation == SHAPE.index("bought_product")) & (world.events.cause != 2))[0])
    item = int(world.events.item[first])
    reached, frontier = set(), {int(world.events.person[first])}
    while frontier:
        reached |= frontier
        frontier = set(world.ties.follower[np.isin(world.ties.followed, list(frontier))].tolist()) - reached
    adopters = set(everything.person[buys & (everything.item == item)].tolist())
    own = (world.events.relation == SHAPE.index("bought_product")) & (world.events.item == item)
    owners = set(world.events.person[own & (world.events.cause != 2)].tolist())
    # Twelve rounds carry an adoption through the whole component of this small network.
    assert len(reached) > 100
    assert reached <= adopters | owners


def test_cascades_respect_ties_in_time_and_count_each_adoption_once():
    world = plant()
    caused = world.events.cause == 2
    adoption = caused & ~np.isin(world.events.relation, [0, 1])
    kind = np.where(np.isin(world.events.relation, [4]), 0, 1)
    key = np.stack([world.events.person, world.events.item, kind])[:, adoption]
    assert np.unique(key, axis=1).shape[1] == key.shape[1]
    assert world.events.time[caused].max() < world.parameters.days * 86_400
    assert not world.people.fake[world.events.person[caused]].any()


def test_importing_worlds_loads_nothing_heavy():
    heavy = ("pandas", "pyarrow", "scipy", "duckdb", "torch", "networkx")
    program = f"import sys, graph.worlds; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
