"""Detects segments: Leiden on the whole typed graph, then a mixture model, then a check on held-out data.

Uses no ground-truth labels. Resolution, weight of ties and shrinkage are chosen by how well they predict held-out pairs
of a first resample. Whether there are segments at all is judged on the held-out pairs of a second resample, which had
no part in that choice, and by the agreement of the two resamples.

Four measures say how far a result can be trusted: ``certainty`` (of a person: probability of the assigned segment),
``confidence`` (of a segment: how well it is found again in the resamples), ``stability`` (of the whole: agreement of
the two resamples) and ``reliable`` (of the whole: yes or no, from stability and the gain on held-out pairs).
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
    drop_unshared,
)
from graph.segment.assignment import absorb, assign_items, share_membership
from graph.segment.leiden import by_size, communities, modularity
from graph.segment.mixture import Mixture, fit_mixture, gains
from graph.segment.observations import HeldOut, Observations, held_pairs, hold_out, observe
from graph.segment.partition_metrics import best_overlap
from graph.segment.reliability import Choice, Outcome, judge, measure
from graph.segment.segmentation import Segmentation, SegmentConfig, frozen
from graph.text import Int64

_RESAMPLES = 2
# Rounds of the mixture after segments were dropped for being too small.
_MORE_ROUNDS = 3
# Bits per held-out pair that a later setting must gain to replace an earlier, simpler one.
_LEAST_IMPROVEMENT = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The pairs of the whole graph, or those that a resample keeps, with all settings.

    Attributes:
        blocks: The pairs, by edge type.
        counts: Node type to number of nodes.
        observations: The same pairs as the mixture reads them.
        least: Smallest allowed segment, in people.
        seed: Seed of Leiden.
        config: Settings.
    """

    blocks: tuple[Block, ...]
    counts: Mapping[str, int]
    observations: Observations
    least: int
    seed: int
    config: SegmentConfig

    def adjacency(self, social: float) -> TypedAdjacency:
        """The typed graph with this share of weight for ties."""
        return assemble(drop_unshared(self.blocks, self.counts), self.counts, shares={**SHARES, "social": social})


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
        config: Settings to try, and limits for reliability.
        on_step: Called with a description of each step, for showing progress.
        seed: Whole number >= 0; the same graph, settings and seed give the same bytes.

    Returns:
        Labels, membership and quality. Where the check fails, ``reliable`` is False, ``reason`` says why, and the
        labels are those that were found anyway.

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
    whole = Sample(blocks, counts, observe(blocks, counts, kol), config.least(active), seed, config)
    (resample, held), other = (_resample(whole, kol, number) for number in range(_RESAMPLES))
    chosen = _search(resample, held, on_step)
    on_step("check on other pairs")
    best = _evaluate_choice(chosen, *other)
    on_step("segments of the whole graph")
    return _whole_graph(graph, whole, best)


def _whole_graph(graph: HeteroGraph, whole: Sample, best: Outcome) -> Segmentation:
    """The segments of the whole graph with the best setting, and their quality."""
    adjacency = whole.adjacency(best.choice.social)
    mixture, labels = _fit_segments(whole, _leiden_labels(whole, adjacency, best.choice), best.choice)
    labels = _number_by_size(labels)
    certainty = np.where(labels >= 0, mixture.belief.max(axis=1), 0.0).astype(np.float32)
    count = int(labels.max(initial=-1)) + 1
    nodes = assign_items(adjacency, labels)
    quality = measure(best, modularity(adjacency.matrix, nodes))
    reliable, reason = judge(quality, count, least=whole.least, config=whole.config)
    return Segmentation(
        people=graph.ids(PERSON),
        labels=labels,
        certainty=certainty,
        membership=share_membership(adjacency, nodes, count),
        confidence=np.mean([best_overlap(labels, other, count=count) for other in best.labels], axis=0),
        reliable=reliable,
        reason=reason,
        quality=quality,
        parameters=frozen({**asdict(whole.config), "chosen": asdict(best.choice), "least": whole.least}),
        seed=whole.seed,
        fingerprint=graph.fingerprint,
    )


def _ties(blocks: Sequence[Block]) -> list[Block]:
    return [b for b in blocks if b.other_type == PERSON]


def _resample(whole: Sample, kol: Bool, number: int) -> tuple[Sample, HeldOut]:
    """The graph without a random share of its pairs, and these held-out pairs; resamples hold out disjoint pairs."""
    kept, held = hold_out(whole.blocks, share=whole.config.held, seed=whole.seed, resample=number)
    # Each resample has its own seed, so that they do not agree merely because of equal random numbers.
    seed = whole.seed * _RESAMPLES + number
    resample = replace(whole, blocks=kept, observations=observe(kept, whole.counts, kol), seed=seed)
    return resample, held_pairs(held, whole.counts, kol)


def _search(resample: Sample, held: HeldOut, on_step: Callable[[str], None]) -> tuple[Choice, Int64]:
    """The setting that predicts held-out pairs best, and its labels of the people of the resample.

    The shrinkage is chosen first, then resolution and weight of ties. A later setting must be better by at least
    ``_LEAST_IMPROVEMENT``; otherwise the earlier, simpler one stays.
    """
    config = resample.config
    leiden_labels: dict[tuple[float, float], Int64] = {}

    def outcome(choice: Choice) -> tuple[float, Choice, Int64]:
        place = (choice.resolution, choice.social)
        if place not in leiden_labels:
            on_step(f"resample at resolution {choice.resolution:g}, ties {choice.social:g}")
            leiden_labels[place] = _leiden_labels(resample, resample.adjacency(choice.social), choice)
        mixture, labels = _fit_segments(resample, leiden_labels[place], choice)
        _, bits = gains(mixture, held)
        return float(bits.mean()) if len(bits) else 0.0, choice, labels

    best = outcome(Choice(config.resolutions[0], config.social[0], config.masses[0]))
    for mass in config.masses[1:]:
        best = _better(best, outcome(replace(best[1], mass=mass)))
    for social, resolution in list(itertools.product(config.social, config.resolutions))[1:]:
        best = _better(best, outcome(Choice(resolution, social, best[1].mass)))
    return best[1:]


def _better(best: tuple[float, Choice, Int64], other: tuple[float, Choice, Int64]) -> tuple[float, Choice, Int64]:
    return other if other[0] > best[0] + _LEAST_IMPROVEMENT else best


def _evaluate_choice(chosen: tuple[Choice, Int64], resample: Sample, held: HeldOut) -> Outcome:
    """Apply the chosen setting to another resample and evaluate it on that one's held-out pairs."""
    choice, first = chosen
    mixture, labels = _fit_segments(
        resample, _leiden_labels(resample, resample.adjacency(choice.social), choice), choice
    )
    people, bits = gains(mixture, held)
    return Outcome(choice, (first, labels), people, bits, np.arange(len(people)) < len(held.items))


def _leiden_labels(sample: Sample, adjacency: TypedAdjacency, choice: Choice) -> Int64:
    """Leiden communities of the people, small ones merged (``absorb``); -1 where none can be reached."""
    found = communities(
        adjacency.matrix, resolution=choice.resolution, iterations=sample.config.iterations, seed=sample.seed
    )
    return absorb(adjacency, found, least=sample.least)[adjacency.people]


def _fit_segments(sample: Sample, start: Int64, choice: Choice) -> tuple[Mixture, Int64]:
    """Fit the mixture, dropping segments that become too small; returns it with the labels of the people."""
    labels, rounds = start, sample.config.rounds
    while True:  # ends, because every pass of the loop drops at least one segment
        mixture = fit_mixture(sample.observations, labels, rounds=rounds, mass=choice.mass)
        labels = _assign(mixture, sample.config.least_told)
        sizes = np.bincount(labels[labels >= 0], minlength=mixture.belief.shape[1])
        if len(sizes) == 1 or (sizes >= sample.least).all():
            return mixture, labels
        # Unassign the people of dropped segments; the next fit assigns them to their likeliest remaining segment.
        home = np.where(sizes >= sample.least, np.cumsum(sizes >= sample.least) - 1, -1)
        labels = np.where(labels >= 0, home[labels], -1)
        rounds = min(rounds, _MORE_ROUNDS)


def _assign(mixture: Mixture, least_told: float) -> Int64:
    """Likeliest segment of each person, int64 (n,); -1 where too little is known about the person.

    How much is known is the Kullback-Leibler divergence, in bits, of the person's probabilities from the shares of the
    segments: 0 for somebody without data. At least ``least_told`` bits are needed.
    """
    belief = mixture.belief.astype(np.float64)
    bits = (belief * np.log2(np.maximum(belief, 1e-12) / mixture.prior)).sum(axis=1)
    return np.where(bits >= least_told, belief.argmax(axis=1), -1)


def _number_by_size(labels: Int64) -> Int64:
    """Labels numbered by descending size, equal sizes by smallest member; -1 stays."""
    numbered = labels.copy()
    numbered[labels >= 0] = by_size(labels[labels >= 0])
    return numbered
