"""What version 2 plants beyond the arrays that all worlds have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.worlds.stages.draws import Floats, Ints
from graph.worlds.version2.settings import Settings


@dataclass(frozen=True, slots=True)
class Accounts:
    """What is known of accounts beyond ``People``; m KOLs.

    Attributes:
        linked: bool (users, platforms), whether the user's account on the platform is known.
        content: int64 (m,), position in ``CONTENTS``.
        coverage: float64 (m,), share of the followers who are in the file; real and fake ones alike.
        persuasion: float64 (m,), factor that turns reactions into adoptions.
        pod: int64 (m,), number of the KOL's engagement pod, or -1.
        farm: int64 (users,), for fake accounts the seller they belong to, else -1.
    """

    linked: NDArray[np.bool_]
    content: Ints
    coverage: Floats
    persuasion: Floats
    pod: Ints
    farm: Ints


@dataclass(frozen=True, slots=True)
class TieTruth:
    """What is planted for each of the e ties beyond ``Ties``, whose ``chance`` is the dose of one exposure.

    Attributes:
        attention: float32 (e,), chance that the follower reacts to a post.
        pod: bool (e,), the tie of a member of an engagement pod: many reactions, no influence.
    """

    attention: NDArray[np.float32]
    pod: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Planted:
    """Everything that version 2 plants beyond the other arrays of a world."""

    settings: Settings
    accounts: Accounts
    ties: TieTruth
