"""Segmentation: the segment of each person, and how reliable the segments are. Plain arrays, read with NumPy only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.errors import ConfigError, PrerequisiteError
from graph.ids import IdMap
from graph.notebook import html_table
from graph.text import Int64

if TYPE_CHECKING:
    import pandas as pd

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """Settings for detecting segments.

    Attributes:
        resolutions: Values of the modularity resolution to try, > 0; larger gives more segments.
        social: Weights of ties to try, relative to 1 for interactions.
        masses: Shrinkages of item profiles to try, in pairs (see ``fit_mixture``).
        least_people: Smallest allowed segment; see ``least``.
        least_share: Smallest allowed segment as a share of the active people.
        rounds: Maximum rounds of the mixture after Leiden.
        iterations: Iterations of Leiden.
        held: Share of pairs held out in each of the two resamples, at most 0.5, since they hold out disjoint pairs.
        least_gain: Reliable segments have a gain whose lower end of the interval is above this, in bits per held-out
            pair.
        least_stability: Reliable segments have at least this agreement (adjusted Rand index) of the two resamples.
        least_told: Bits of information about a person's segment (beyond the sizes of the segments) needed to assign
            the person.

    With one value in each of ``resolutions``, ``social`` and ``masses`` nothing is searched.
    """

    resolutions: tuple[float, ...] = (1.0, 2.0)
    social: tuple[float, ...] = (0.3, 1.0)
    masses: tuple[float, ...] = (100.0, 300.0, 1000.0, 3000.0)
    least_people: int = 50
    least_share: float = 0.005
    rounds: int = 8
    iterations: int = 2
    held: float = 0.2
    least_gain: float = 0.01
    least_stability: float = 0.3
    least_told: float = 0.05

    def __post_init__(self) -> None:
        for name in ("resolutions", "social", "masses"):
            values = getattr(self, name)
            if not values or min(values) <= 0:
                raise ConfigError(f"segment setting {name} needs values above 0", hint="leave it out for the default")
        if not 0 < self.held <= 0.5 or not 0 <= self.least_share < 1 or self.least_people < 1:
            raise ConfigError(
                "segment shares out of range", hint="use held in (0, .5], least_share in [0, 1), least_people >= 1"
            )
        if self.rounds < 1 or self.iterations < 1:
            raise ConfigError("segment rounds and iterations must be at least 1", hint="leave them out for the default")

    def least(self, active: int) -> int:
        """Smallest allowed segment for ``active`` active people.

        The larger of ``least_people`` and ``least_share * active``, but at most a twentieth of ``active``, and at least
        2.
        """
        return max(2, min(max(self.least_people, int(np.ceil(self.least_share * active))), active // 20))


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the segments are, measured without ground-truth labels.

    Attributes:
        modularity: Modularity of the final segments on the weighted typed graph, in [-.5, 1].
        gain: Mean gain per held-out pair over prediction by popularity and activity, in bits. These pairs were not
            used to choose the setting.
        gain_low: Lower end of its 95 % interval, clustered by person; NaN for pairs of fewer than two people.
        gain_high: Upper end of that interval.
        gain_things: The gain over person-item pairs only; NaN where there are none.
        gain_ties: The gain over ties only; NaN where there are none.
        held_pairs: Number of held-out pairs.
        stability: Adjusted Rand index between the segments of the two resamples.
    """

    modularity: float
    gain: float
    gain_low: float
    gain_high: float
    gain_things: float
    gain_ties: float
    held_pairs: int
    stability: float


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Segments of the people of one graph.

    Attributes:
        people: Ids of the people, numbered as in the graph.
        labels: int64 (n,), segment of each person; 0 is S1, the largest; -1 where there is not enough data.
        certainty: float32 (n,), posterior probability of that segment in [0, 1]; 0 where the label is -1.
        membership: float32 (n, K), share of the person's edge weight that leads to each segment; rows sum to at most 1.
        confidence: float64 (K,), mean Jaccard index of each segment with its best match in the two resamples.
        reliable: Whether the segments can be relied on; see ``graph.segment.reliability``.
        reason: One sentence with the reason.
        quality: The measures behind it.
        parameters: The settings, and the values that were chosen.
        seed: Seed of the run.
        fingerprint: Fingerprint of the graph.
    """

    people: IdMap
    labels: Int64
    certainty: Float32
    membership: Float32
    confidence: npt.NDArray[np.float64]
    reliable: bool
    reason: str
    quality: Quality
    parameters: Mapping[str, Any]
    seed: int
    fingerprint: str

    def __len__(self) -> int:
        return len(self.confidence)

    def __repr__(self) -> str:
        sure = "reliable" if self.reliable else "not reliable"
        return (
            f"<Segmentation: {len(self)} segments of {len(self.labels):,} people, {self.unassigned:,} of them with too "
            f"little data; {sure}>"
        )

    def _repr_html_(self) -> str:
        sizes = zip(self.ids, self.sizes.tolist(), self.confidence.tolist(), strict=True)
        return html_table(self.reason, ("segment", "people", "confidence"), sizes)

    @property
    def ids(self) -> tuple[str, ...]:
        """S1, S2, ..., by descending size."""
        return tuple(f"S{i + 1}" for i in range(len(self)))

    @property
    def sizes(self) -> Int64:
        """People in each segment, int64 (K,)."""
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self)).astype(np.int64)

    @property
    def unassigned(self) -> int:
        """Number of people without a segment, because they have too little data."""
        return int(np.count_nonzero(self.labels < 0))

    def number(self, segment: str) -> int:
        """Position of a segment id; case does not matter.

        Raises:
            PrerequisiteError: there is no such segment.
        """
        ids = self.ids
        if segment.upper() not in ids:
            known = f"there are {ids[0]} to {ids[-1]}" if ids else "there are no segments"
            raise PrerequisiteError(f"no segment {segment!r}", hint=f"{known}: graphvine segment list")
        return ids.index(segment.upper())

    def members(self, segment: str) -> Int64:
        """Numbers of the people in that segment, ascending.

        Raises:
            PrerequisiteError: there is no such segment.
        """
        return np.flatnonzero(self.labels == self.number(segment))

    def of(self, person: str) -> str | None:
        """Segment id of that person; None where there is not enough data.

        Raises:
            DataError: the person is unknown.
        """
        label = int(self.labels[self.people.numbers([person])[0]])
        return None if label < 0 else self.ids[label]

    def rows(self) -> Iterator[dict[str, Any]]:
        """One dict per person: person, segment (None: not enough data), certainty, second, second_share.

        ``second`` is the other segment with the largest share of the person's edge weight, where that is at least .2.
        """
        ids = self.ids
        others = self.membership.copy()
        placed = np.flatnonzero(self.labels >= 0)
        others[placed, self.labels[placed]] = -1.0
        second = others.argmax(axis=1) if len(ids) else np.zeros(len(self.labels), np.int64)
        for i, person in enumerate(self.people.texts.to_list()):
            label, other = int(self.labels[i]), int(second[i])
            share = float(others[i, other]) if label >= 0 else 0.0
            yield {
                "person": person,
                "segment": ids[label] if label >= 0 else None,
                "certainty": round(float(self.certainty[i]), 4),
                "second": ids[other] if share >= 0.2 else None,
                "second_share": round(share, 4) if share >= 0.2 else None,
            }

    def as_dict(self) -> dict[str, Any]:
        """Everything but the arrays, as JSON values; NaN becomes None."""
        quality = {k: v if np.isfinite(v) else None for k, v in asdict(self.quality).items()}
        return {
            "segments": len(self),
            "people": len(self.labels),
            "unassigned": self.unassigned,
            "sizes": self.sizes.tolist(),
            "reliable": self.reliable,
            "reason": self.reason,
            "quality": quality,
            "parameters": dict(self.parameters),
            "seed": self.seed,
            "fingerprint": self.fingerprint,
        }

    def to_frame(self) -> pd.DataFrame:
        """The rows as a frame."""
        import pandas as pd

        columns = ["person", "segment", "certainty", "second", "second_share"]
        return pd.DataFrame(list(self.rows()), columns=columns).astype({"person": "str", "segment": "str"})


def frozen(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """A read-only copy."""
    return MappingProxyType(dict(parameters))
