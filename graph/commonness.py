"""What most share says nothing about anybody: when a value, a thing or a tie is too common to be evidence.

That k of n have something tells -log2(k / n) bits about one of them. Below one bit, where more than half have it, it is
no reason for anything and sets nobody apart.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bool = npt.NDArray[np.bool_]
Float64 = npt.NDArray[np.float64]
_Z = 1.96


def shared_by_most(have: npt.ArrayLike, of: npt.ArrayLike) -> Bool:
    """Where it is safe to say that more than half have it: the lower end of the 95 % Wilson interval is above a half.

    Among few nobody can tell, so what three of three have still counts as evidence.

    Args:
        have: How many have it, at least 0.
        of: Among how many; 0 is nobody.

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
    """How far having it counts as evidence, float64 in (0, 1]: its bits, and 1 from one bit, a half of all, on.

    The bits are those of the BM25 inverse document frequency, ``log2(1 + (n - k + .5) / (k + .5))``, so that what all
    have counts nearly nothing.

    Args:
        have: How many have it, at least 0.
        of: Among how many, at least ``have``.

    >>> rarity_weight([1, 50, 100], 100).round(3).tolist()
    [1.0, 1.0, 0.007]
    """
    k, n = np.asarray(have, np.float64), np.asarray(of, np.float64)
    return np.asarray(np.minimum(np.log2(1.0 + (n - k + 0.5) / (k + 0.5)), 1.0))
