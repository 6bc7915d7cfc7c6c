"""The function that orders candidates: a linear score of their inputs plus small neural networks, in numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from graph.recommend.base import Array
from graph.recommend.pair_features import Float32

# Inputs further than this many deviations from their mean are cut to it, so that no single one decides everything.
LIMIT = 6.0
_BLOCK = 4608


@dataclass(frozen=True, eq=False)
class Scorer:
    """Parameters of the scoring function; f inputs, h hidden units.

    Attributes:
        mean, deviation: float32 (f,), by which inputs are standardised.
        linear: float32 (f,), weights of the linear part.
        inward: float32 (f, h), weights into the hidden units (rectified).
        bias: float32 (h,).
        outward: float32 (h,), weights of the hidden units.
    """

    mean: Float32
    deviation: Float32
    linear: Float32
    inward: Float32
    bias: Float32
    outward: Float32

    def scores(self, inputs: Float32) -> Float32:
        """Scores of candidates, float32 (c,); higher is better, comparable within one person.

        In blocks of one size and float64, so that a candidate's score does not depend on how many others there are
        (see ``features.product``).
        """
        result = np.empty(len(inputs), np.float32)
        block = np.zeros((_BLOCK, inputs.shape[1]))
        weights = np.hstack([self.linear[:, None], self.inward]).astype(np.float64)
        for start in range(0, len(inputs), _BLOCK):
            part = inputs[start : start + _BLOCK]
            np.subtract(part, self.mean, out=block[: len(part)])
            block[: len(part)] /= self.deviation
            np.clip(block, -LIMIT, LIMIT, out=block)
            both = block @ weights
            found = both[:, 0] + np.maximum(both[:, 1:] + self.bias, 0.0) @ self.outward
            result[start : start + len(part)] = found[: len(part)]
        return result

    @staticmethod
    def mean_of(scorers: Sequence[Scorer]) -> Scorer:
        """One scorer whose scores are the mean of those of scorers that standardise alike."""
        first = scorers[0]
        return Scorer(
            first.mean,
            first.deviation,
            np.mean([one.linear for one in scorers], axis=0, dtype=np.float32),
            np.hstack([one.inward for one in scorers]),
            np.concatenate([one.bias for one in scorers]),
            (np.concatenate([one.outward for one in scorers]) / len(scorers)).astype(np.float32),
        )

    def arrays(self) -> dict[str, Array]:
        """The parameters by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @staticmethod
    def of_arrays(arrays: Mapping[str, Array]) -> Scorer:
        """The scorer that ``arrays`` described."""
        return Scorer(**{field.name: arrays[field.name] for field in fields(Scorer)})
