"""Empirical-Bayes shrinkage of counts towards expected counts; the priors are fitted to the data."""

from __future__ import annotations

import numpy as np

from graph.influence.diffusion import BoolArray, FloatArray

_SHAPES = (0.2, 20.0)
_STEPS = 25
_LONGEST_STEP = 1.0


def dispersion(seen: FloatArray, expected: FloatArray) -> float:
    """Dispersion of counts, variance divided by mean, at least 1 (1 for Poisson).

    >>> dispersion(np.array([0.0, 4.0]), np.array([2.0, 2.0]))
    2.0
    """
    total = float(expected.sum())
    return max(1.0, float(((seen - expected) ** 2).sum()) / total) if total > 0 else 1.0


def shrunk(seen: FloatArray, expected: FloatArray, *, noise: float, fit: BoolArray | None = None) -> FloatArray:
    """Factor by which each count differs from its expectation: the posterior mean under a gamma prior of mean 1.

    The shape of the prior is fitted by moments: the variance of `seen` beyond noise * expected is expected**2 / shape.
    It is limited to [0.2, 20]: at 0.2 the counts dominate, at 20 the prior.

    Args:
        seen: Counts, >= 0, float64 (m,).
        expected: Expected counts, >= 0, float64 (m,).
        noise: Dispersion of a count whose factor is 1.
        fit: bool (m,), entries that the shape is fitted on; all where absent.

    Returns:
        float64 (m,), > 0; 1 where both the count and its expectation are 0.
    """
    x, mu = (seen, expected) if fit is None else (seen[fit], expected[fit])
    beyond = float(((x - mu) ** 2).sum() - noise * mu.sum())
    shape = float(np.clip((mu**2).sum() / beyond, *_SHAPES)) if beyond > 0 else _SHAPES[1]
    return (shape * noise + seen) / (shape * noise + expected)


def log_linear(seen: FloatArray, years: FloatArray, size: FloatArray) -> FloatArray:
    """Rate per year as a function of size, log(rate) = a + b * size, by Poisson regression.

    The slope b has a standard normal prior, so that a few counts cannot determine it.

    Args:
        seen: Counts, at least 0 (m,).
        years: Exposure, at least 0 (m,).
        size: The regressor (m,); entries without exposure do not count.

    Returns:
        float64 (m,), the fitted rates; all 0 when nothing was seen.
    """
    open_ = years > 0
    if not float(seen[open_].sum()) > 0:
        return np.zeros(seen.size)
    middle = float(np.average(size[open_], weights=years[open_]))
    x = size[open_] - middle
    a, b = float(np.log(seen[open_].sum() / years[open_].sum())), 0.0
    for _ in range(_STEPS):
        mu = years[open_] * np.exp(a + b * x)
        residual = seen[open_] - mu
        gradient = np.array([residual.sum(), x @ residual - b])
        cross = float(x @ mu)
        curvature = np.array([[mu.sum(), cross], [cross, float((x * x) @ mu) + 1.0]])
        step = np.linalg.solve(curvature, gradient)
        length = max(1.0, float(np.abs(step).max()) / _LONGEST_STEP)
        a, b = a + float(step[0]) / length, b + float(step[1]) / length
    return np.exp(a + b * (size - middle))
