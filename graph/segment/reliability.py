"""Judges whether there are segments at all, by held-out pairs and by two resamples; uses no ground-truth labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.segment.adjacency import Bool, Float64
from graph.segment.partition_metrics import adjusted_rand
from graph.segment.segmentation import Quality, SegmentConfig
from graph.text import Int64


@dataclass(frozen=True, slots=True)
class Choice:
    """One combination of the settings that are searched: resolution, weight of ties, shrinkage of profiles."""

    resolution: float
    social: float
    mass: float


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The result of one setting.

    Attributes:
        choice: The setting.
        labels: int64 (n,) for each of the two resamples.
        person: int64 (p,), person of each held-out pair of the second resample, which was not used to choose it.
        bits: float64 (p,), gain of each of these pairs; see ``graph.segment.mixture.gains``.
        is_item: bool (p,), True for pairs with items, False for ties.
    """

    choice: Choice
    labels: tuple[Int64, ...]
    person: Int64
    bits: Float64
    is_item: Bool

    @property
    def gain(self) -> float:
        """Mean bits per held-out pair."""
        return float(self.bits.mean()) if len(self.bits) else 0.0


def measure(outcome: Outcome, modularity: float) -> Quality:
    """The quality of the chosen setting.

    The 95 % interval of the mean gain is clustered by person (ratio estimator, normal approximation), since pairs of
    one person are not independent; with fewer than two people its ends are NaN.
    """
    bits, items = outcome.bits, outcome.is_item
    error = _clustered_error(outcome.person, bits)
    return Quality(
        modularity=modularity,
        gain=outcome.gain,
        gain_low=outcome.gain - 1.96 * error,
        gain_high=outcome.gain + 1.96 * error,
        gain_things=float(bits[items].mean()) if items.any() else float("nan"),
        gain_ties=float(bits[~items].mean()) if not items.all() else float("nan"),
        held_pairs=len(bits),
        stability=stability(*outcome.labels),
    )


def stability(one: Int64, two: Int64) -> float:
    """Adjusted Rand index of two partitions over the people assigned in both; 0 where there are none."""
    both = (one >= 0) & (two >= 0)
    return adjusted_rand(one[both], two[both]) if both.any() else 0.0


def judge(quality: Quality, count: int, *, least: int, config: SegmentConfig) -> tuple[bool, str]:
    """Whether the segments are reliable, and one sentence with the reason.

    Args:
        quality: Output of ``measure``.
        count: Number of segments.
        least: Smallest allowed segment.
        config: Limits for gain and stability.
    """
    if np.isnan(quality.gain_low):
        return False, "no reliable segments: fewer than two people have behaviour that could be held out to judge by"
    if count < 2:
        return False, f"no reliable segments: no two groups of {least} or more people hold together"
    if not quality.gain_low > config.least_gain:
        return False, (
            f"no reliable segments: they foretell held-out behaviour no better than popularity does "
            f"({quality.gain:+.3f} bits per pair, 95% interval {quality.gain_low:+.3f} to {quality.gain_high:+.3f})"
        )
    if quality.stability < config.least_stability:
        return False, (
            f"no reliable segments: two resamples of the evidence disagree about them "
            f"(agreement {quality.stability:.2f}, at least {config.least_stability:.2f} is needed)"
        )
    return True, (
        f"held-out behaviour is foretold {quality.gain:.2f} bits per pair better than by popularity "
        f"(95% interval {quality.gain_low:.2f} to {quality.gain_high:.2f}), "
        f"and resamples agree to {quality.stability:.2f}"
    )


def _clustered_error(person: Int64, bits: Float64) -> float:
    _, cluster = np.unique(person, return_inverse=True)
    sums, sizes = np.bincount(cluster, weights=bits), np.bincount(cluster)
    if len(sums) < 2:
        return float("nan")
    residual = sums - bits.mean() * sizes
    return float(np.sqrt(len(sums) / (len(sums) - 1) * (residual**2).sum()) / len(bits))
