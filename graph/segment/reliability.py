"""Are there segments at all? Held-out pairs and two independent resamples decide, never a truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.segment.adjacency import Bool, Float64
from graph.segment.partition_metrics import adjusted_rand
from graph.segment.segmentation import Quality, SegmentConfig
from graph.text import Int64


@dataclass(frozen=True, slots=True)
class Choice:
    """One setting of what is searched."""

    resolution: float
    social: float
    mass: float


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one setting gives: labels of both resamples; person and bits of held-out pairs that did not choose it."""

    choice: Choice
    labels: tuple[Int64, ...]
    person: Int64
    bits: Float64
    is_thing: Bool

    @property
    def gain(self) -> float:
        """Mean bits per held-out pair."""
        return float(self.bits.mean()) if len(self.bits) else 0.0


def measure(outcome: Outcome, modularity: float) -> Quality:
    """The figures of the chosen setting.

    The interval of the gain treats the pairs of one person as one observation (ratio estimator, normal
    approximation), since they stand or fall together; with fewer than two people there is none.
    """
    bits, things = outcome.bits, outcome.is_thing
    error = _clustered_error(outcome.person, bits)
    return Quality(
        modularity=modularity,
        gain=outcome.gain,
        gain_low=outcome.gain - 1.96 * error,
        gain_high=outcome.gain + 1.96 * error,
        gain_things=float(bits[things].mean()) if things.any() else float("nan"),
        gain_ties=float(bits[~things].mean()) if not things.all() else float("nan"),
        held_pairs=len(bits),
        stability=stability(*outcome.labels),
    )


def stability(one: Int64, two: Int64) -> float:
    """Adjusted Rand index of two partitions over the people that both assign; 0 where that is nobody."""
    both = (one >= 0) & (two >= 0)
    return adjusted_rand(one[both], two[both]) if both.any() else 0.0


def judge(quality: Quality, count: int, *, least: int, config: SegmentConfig) -> tuple[bool, str]:
    """Whether segments are reliable, and one sentence that says why (not).

    Args:
        quality: Output of ``measure``.
        count: Number of segments.
        least: Smallest segment that was allowed.
        config: The limits of gain and stability.
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
