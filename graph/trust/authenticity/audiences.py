"""The share of an account's followers that is suspected, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.errors import ConfigError
from graph.text import Int64
from graph.trust.authenticity.follower_ties import Float64
from graph.trust.authenticity.verdict import Authenticity


@dataclass(frozen=True, slots=True, eq=False)
class SuspectedShares:
    """Suspected followers of k accounts; shares are NaN for accounts whose followers are all unknown.

    Attributes:
        account: int64 (k,), number of the account.
        followers: int64 (k,), followers in the file.
        share: float64 (k,), expected share of followers that is suspected.
        low, high: float64 (k,), interval for the share among all followers, of whom those in the file are a sample.
        bought, pod: float64 (k,), expected share of bought followers, and of members of pods among those of whom it is
            known.
    """

    account: Int64
    followers: Int64
    share: Float64
    low: Float64
    high: Float64
    bought: Float64
    pod: Float64


def suspected_shares(found: Authenticity, accounts: npt.ArrayLike, *, level: float = 0.9) -> SuspectedShares:
    """Sum up the verdicts over the followers of each account.

    The interval holds both that verdicts are uncertain and that the followers in the file are a sample. Given who is
    suspected, the share among all followers has a Beta distribution (Jeffreys prior); over the verdicts, independent of
    each other, its mean and variance follow by the law of total variance, and the interval is that of the Beta
    distribution with this mean and variance, widened to the expected share where few followers pull it away.

    Args:
        found: The verdicts.
        accounts: int64 (k,), numbers of the accounts.
        level: Probability of the interval, in (0, 1).

    Raises:
        ConfigError: the level is not between 0 and 1.
    """
    from scipy.stats import beta

    if not 0.0 < level < 1.0:
        raise ConfigError(f"{level} is no level of an interval", hint="give a number between 0 and 1, such as 0.9")
    numbers, ties = np.asarray(accounts, np.int64), found.ties
    p = found.probability[ties.person]
    size = ties.per_account(np.ones(ties.person.size))[numbers]
    total, spread = ties.per_account(p)[numbers], ties.per_account(p * (1.0 - p))[numbers]
    middle = (total + 0.5) / (size + 1.0)
    # E[mean (1 - mean)] = middle (1 - middle) - variance of the mean, over the verdicts.
    between = spread / (size + 1.0) ** 2
    variance = (middle * (1.0 - middle) - between) / (size + 2.0) + between
    weight = middle * (1.0 - middle) / variance - 1.0
    tail = (1.0 - level) / 2.0
    ends = beta.ppf(np.array([[tail], [1.0 - tail]]), middle * weight, (1.0 - middle) * weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = total / size
        bought = ties.per_account(found.bought[ties.person])[numbers] / size
        pod = found.pod[ties.person]
        members = ties.per_account(np.nan_to_num(pod))[numbers] / ties.per_account(~np.isnan(pod))[numbers]
    empty = size == 0
    low, high = (np.where(empty, np.nan, e) for e in (np.fmin(ends[0], share), np.fmax(ends[1], share)))
    return SuspectedShares(numbers, size.astype(np.int64), share, low, high, bought, members)
