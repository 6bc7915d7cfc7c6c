"""Detect segments: Leiden on the whole typed graph, a mixture that places thin histories, and a check of both.

Nothing here knows a truth. Resolution, weight of ties and shrinkage are chosen by how well pairs that were held out
are foretold. Whether there are segments at all is judged on other held-out pairs, which had no part in that choice, and
by two resamples agreeing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from graph.errors import PrerequisiteError
from graph.hetero import HeteroGraph
from graph.schema import PERSON
from graph.segment.adjacency import (
    SHARES,
    Block,
    Bool,
    TypedAdjacency,
    aggregate,
    assemble,
    shared,
)
from graph.segment.assignment import absorb, place_things, share_membership
from graph.segment.leiden import by_size, communities, modularity
from graph.segment.mixture import Mixture, fit_mixture, gains
from graph.segment.observations import Evidence, Held, gather, held_pairs, hold_out
from graph.segment.partition_metrics import best_overlap
from graph.segment.reliability import Choice, Outcome, judge, measure
from graph.segment.segmentation import Segmentation, SegmentConfig, frozen
from graph.text import Int64

_RESAMPLES = 2
_MORE_ROUNDS = 3
_WORTH = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """One view of the graph: all of it, or what a resample keeps."""

    blocks: tuple[Block, ...]
    counts: Mapping[str, int]
    evidence: Evidence
    least: int
    seed: int
    config: SegmentConfig

    def adjacency(self, social: float) -> TypedAdjacency:
        """The typed graph with that weight of ties."""
        return assemble(shared(self.blocks, self.counts), self.counts, shares={**SHARES, "social": social})


def _silent(step: str) -> None:
    """Ignore progress."""


def detect(
    graph: HeteroGraph,
    *,
    config: SegmentConfig | None = None,
    on_step: Callable[[str], None] = _silent,
    seed: int = 0,
) -> Segmentation:
    """Find the segments of the people of a graph.

    Args:
        graph: The market; people are nodes of type Person.
        config: What to try and the limits.
        on_step: Told what is being done.
        seed: Whole number >= 0; the same graph, settings and seed give the same bytes.

    Returns:
        Labels, membership and quality. Where the check fails, ``reliable`` is False, ``reason`` says why, and the
        labels are what was found nevertheless.

    Raises:
        PrerequisiteError: no person has an event or a tie.
    """
    config = config or SegmentConfig()
    blocks = aggregate(graph)
    if not blocks:
        raise PrerequisiteError("no person has an event or a tie", hint="load some: graphvine data load")
    counts = {name: len(nodes) for name, nodes in graph.nodes.items()}
    kol = graph.role("KOL")
    active = len(np.unique(np.concatenate([*(b.person for b in blocks), *(b.other for b in _ties(blocks))])))
    whole = Material(blocks, counts, gather(blocks, counts, kol), config.least(active), seed, config)
    (part, held), other = (_resample(whole, kol, number) for number in range(_RESAMPLES))
    chosen = _search(part, held, on_step)
    on_step("check on other pairs")
    best = _judged(chosen, *other)
    on_step("segments of the whole graph")
    return _whole_graph(graph, whole, best)


def _whole_graph(graph: HeteroGraph, whole: Material, best: Outcome) -> Segmentation:
    """The segments of all data at the best setting, numbered, measured and judged."""
    adjacency = whole.adjacency(best.choice.social)
    mixture, labels = _settle(whole, _start(whole, adjacency, best.choice), best.choice)
    labels = _ranked(labels)
    certainty = np.where(labels >= 0, mixture.belief.max(axis=1), 0.0).astype(np.float32)
    count = int(labels.max(initial=-1)) + 1
    nodes = place_things(adjacency, labels)
    quality = measure(best, modularity(adjacency.matrix, nodes))
    reliable, reason = judge(quality, count, least=whole.least, config=whole.config)
    return Segmentation(
        people=graph.ids(PERSON),
        labels=labels,
        certainty=certainty,
        membership=share_membership(adjacency, nodes, count),
        confidence=np.mean([best_overlap(labels, part, count=count) for part in best.labels], axis=0),
        reliable=reliable,
        reason=reason,
        quality=quality,
        parameters=frozen({**asdict(whole.config), "chosen": asdict(best.choice), "least": whole.least}),
        seed=whole.seed,
        fingerprint=graph.fingerprint,
    )


def _ties(blocks: Sequence[Block]) -> list[Block]:
    return [b for b in blocks if b.other_type == PERSON]


def _resample(whole: Material, kol: Bool, number: int) -> tuple[Material, Held]:
    """The graph without a random share of its pairs, and those pairs, of which no two resamples share any."""
    kept, held = hold_out(whole.blocks, share=whole.config.held, seed=whole.seed, turn=number)
    # Each resample has its own seed, so that their agreement owes nothing to equal chances.
    seed = whole.seed * _RESAMPLES + number
    part = replace(whole, blocks=kept, evidence=gather(kept, whole.counts, kol), seed=seed)
    return part, held_pairs(held, whole.counts, kol)


def _search(part: Material, held: Held, on_step: Callable[[str], None]) -> tuple[Choice, Int64]:
    """The setting that foretells held-out pairs best, and its segments of the part.

    First the shrinkage, then resolution and weight of ties. A later setting must be better by a hundredth of a bit, so
    that the plainer one, named first, stays.
    """
    config = part.config
    starts: dict[tuple[float, float], Int64] = {}

    def outcome(choice: Choice) -> tuple[float, Choice, Int64]:
        place = (choice.resolution, choice.social)
        if place not in starts:
            on_step(f"resample at resolution {choice.resolution:g}, ties {choice.social:g}")
            starts[place] = _start(part, part.adjacency(choice.social), choice)
        mixture, labels = _settle(part, starts[place], choice)
        _, bits = gains(mixture, held)
        return float(bits.mean()) if len(bits) else 0.0, choice, labels

    best = outcome(Choice(config.resolutions[0], config.social[0], config.masses[0]))
    for mass in config.masses[1:]:
        best = _better(best, outcome(replace(best[1], mass=mass)))
    for social, resolution in list(itertools.product(config.social, config.resolutions))[1:]:
        best = _better(best, outcome(Choice(resolution, social, best[1].mass)))
    return best[1:]


def _better(best: tuple[float, Choice, Int64], other: tuple[float, Choice, Int64]) -> tuple[float, Choice, Int64]:
    return other if other[0] > best[0] + _WORTH else best


def _judged(chosen: tuple[Choice, Int64], part: Material, held: Held) -> Outcome:
    """The chosen setting on a part, and pairs, that had no say in the choice."""
    choice, first = chosen
    mixture, labels = _settle(part, _start(part, part.adjacency(choice.social), choice), choice)
    people, bits = gains(mixture, held)
    return Outcome(choice, (first, labels), people, bits, np.arange(len(people)) < len(held.items))


def _start(material: Material, adjacency: TypedAdjacency, choice: Choice) -> Int64:
    """Communities of the people with small ones absorbed; -1 where none is near."""
    found = communities(
        adjacency.matrix, resolution=choice.resolution, iterations=material.config.iterations, seed=material.seed
    )
    return absorb(adjacency, found, least=material.least)[adjacency.people]


def _settle(material: Material, start: Int64, choice: Choice) -> tuple[Mixture, Int64]:
    """Mixture and labels in which every segment has the least number of people."""
    labels, rounds = start, material.config.rounds
    while True:  # every turn loses a segment, so it ends
        mixture = fit_mixture(material.evidence, labels, rounds=rounds, mass=choice.mass)
        labels = _assign(mixture, material.config.least_told)
        sizes = np.bincount(labels[labels >= 0], minlength=mixture.belief.shape[1])
        if len(sizes) == 1 or (sizes >= material.least).all():
            return mixture, labels
        # The people of a segment that shrank too far find the next likely one for themselves.
        home = np.where(sizes >= material.least, np.cumsum(sizes >= material.least) - 1, -1)
        labels = np.where(labels >= 0, home[labels], -1)
        rounds = min(rounds, _MORE_ROUNDS)


def _assign(mixture: Mixture, least_told: float) -> Int64:
    """Likeliest segment; -1 where the person's data tells less than ``least_told`` bits beyond segment sizes."""
    belief = mixture.belief.astype(np.float64)
    told = (belief * np.log2(np.maximum(belief, 1e-12) / mixture.prior)).sum(axis=1)
    return np.where(told >= least_told, belief.argmax(axis=1), -1)


def _ranked(labels: Int64) -> Int64:
    """Labels numbered by falling size, equal sizes by smallest member; -1 stays."""
    ranked = labels.copy()
    ranked[labels >= 0] = by_size(labels[labels >= 0])
    return ranked
