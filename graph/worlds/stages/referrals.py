"""Referrals: new users who were referred by somebody whom they follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.stages.draws import Ints, stream
from graph.worlds.world import World
from graph.worlds.writing.columns import Ids, local_times
from graph.worlds.writing.tables import edge_spec

if TYPE_CHECKING:
    import pyarrow as pa

_DAY = 86_400
_SHARE = 0.35

REFERRAL_FILE = edge_spec("referrals", "Person-REFERRED-Person", ("referrer_id", "user_id"))


def refer(world: World) -> tuple[Ints, Ints, Ints]:
    """Referrer, new user and UTC second, in order of time; a user is referred at most once, and by an older user.

    A fixed share of the real users who signed up within the window and follow an older user was referred by one of
    these.
    """
    people, ties = world.people, world.ties
    rng = stream(world.seed, "referrals")
    joined = people.joined()
    able = (
        (ties.followed < people.users)
        & (joined[ties.follower] >= world.parameters.start)
        & (joined[ties.follower] < world.parameters.end - 2 * _DAY)
        & (joined[ties.followed] < joined[ties.follower])
        & ~people.fake[ties.follower]
        & ~people.fake[ties.followed]
    )
    rows = rng.permutation(np.flatnonzero(able))
    newcomer, first = np.unique(ties.follower[rows], return_index=True)
    kept = rng.random(len(newcomer)) < _SHARE
    newcomer, referrer = newcomer[kept].astype(np.int64), ties.followed[rows[first[kept]]].astype(np.int64)
    time = joined[newcomer] + 60 + (rng.random(len(newcomer)) * 12 * 3600).astype(np.int64)
    order = np.argsort(time, kind="stable")
    return referrer[order], newcomer[order], time[order]


def referral_blocks(made: tuple[Ints, Ints, Ints], ids: Ids) -> Iterator[pa.Table]:
    """Rows of referrals.csv."""
    import pyarrow as pa

    referrer, newcomer, time = made
    yield pa.table({"referrer_id": ids.people(referrer), "user_id": ids.people(newcomer), "ts": local_times(time)})
