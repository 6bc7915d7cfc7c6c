"""The compiled loop of ``difference``. Importing it takes half a second, so it is imported when needed."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)  # pragma: no cover - compiled
def unmatched(old, new):  # type: ignore[no-untyped-def]
    """Positions of the columns of ``new`` that ``old`` lacks, and the number of columns of ``old`` that ``new`` lacks.

    Both arrays are int64 with one column per edge, sorted by the first row, then the second, and so on. They are
    compared as multisets: equal columns are matched one to one.
    """
    rows, n_old, n_new = new.shape[0], old.shape[1], new.shape[1]
    fresh = np.empty(n_new, np.int64)
    i = j = count = gone = 0
    while j < n_new:
        side = 1
        if i < n_old:
            side = 0
            for row in range(rows):
                if old[row, i] != new[row, j]:
                    side = -1 if old[row, i] < new[row, j] else 1
                    break
        if side == 1:
            fresh[count] = j
            count += 1
            j += 1
        else:
            if side == -1:
                gone += 1
            else:
                j += 1
            i += 1
    return fresh[:count].copy(), gone + n_old - i
