"""When a value, an item or a tie is too common to distinguish people.

Something that k of n people have carries -log2(k / n) bits of information about one of them. Where more than half have
it, that is less than one bit: too little to explain a recommendation or to characterise a segment.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bool = npt.NDArray[np.bool_]
Float64 = npt.NDArray[np.float64]
_Z = 1.96


def shared_by_most(have: npt.ArrayLike, of: npt.ArrayLike) -> Bool:
    """True where more than half have it with confidence: the lower end of the 95 % Wilson interval is above 0.5.

    With few people the interval is wide, so that "three of three" is still False.

    Args:
        have: Number of people who have it, >= 0; scalar or array.
        of: Number of people in all, broadcast against ``have``; 0 gives False.

    Returns:
        bool, of the broadcast shape.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 1927.

    >>> shared_by_most([3, 6, 53, 59], [3, 6, 100, 100]).tolist()
    [False, True, False, False]
    >>> shared_by_most(61, 100).tolist()
    True
    """
    count = np.maximum(np.asarray(of, np.float64), 1.0)
    share, square = np.asarray(have, np.float64) / count, _Z**2
    middle = share + square / (2.0 * count)
    around = _Z * np.sqrt(share * (1.0 - np.minimum(share, 1.0)) / count + square / (4.0 * count**2))
    low = (middle - around) / (1.0 + square / count)
    return np.asarray(low > 0.5)


def rarity_weight(have: npt.ArrayLike, of: npt.ArrayLike) -> Float64:
    """Weight of having it, between 0 (everybody has it) and 1 (half of the people or fewer have it).

    The weight is ``min(1, log2(1 + (n - k + .5) / (k + .5)))``: the inverse document frequency of BM25 (Robertson and
    Zaragoza 2009) in bits, capped at one bit.

    Args:
        have: Number of people who have it (k), >= 0; scalar or array.
        of: Number of people in all (n), >= ``have``.

    Returns:
        float64 in (0, 1], of the broadcast shape.

    >>> rarity_weight([1, 50, 100], 100).round(3).tolist()
    [1.0, 1.0, 0.007]
    """
    k, n = np.asarray(have, np.float64), np.asarray(of, np.float64)
    return np.asarray(np.minimum(np.log2(1.0 + (n - k + 0.5) / (k + 0.5)), 1.0))
