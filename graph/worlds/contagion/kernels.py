"""Compiled inner loops of the planted contagion; the only module of graph/worlds that imports numba.

A person adopts an item when the sum of the doses of their exposures reaches a threshold ``need`` that is theirs for
this item, with P(need > d) = (1 + d / tiring) ** -(tiring * appeal). For small doses the chance is dose * appeal; the
chance that one more exposure works, after others did not, falls with what the person has seen already. Equivalently,
person and item have a hidden susceptibility, gamma distributed with mean ``appeal``, and every exposure works
independently with probability 1 - exp(-susceptibility * dose): a triggering model (Kempe, Kleinberg and Tardos 2003).
So the order of exposures does not matter for who adopts in the end, and expected adoptions are submodular in the seeds.

Random numbers are hashes (splitmix64) of a key, the draw, and what they are for. So runs with and without a campaign
have the same thresholds, delays and adoptions of one's own, and nothing depends on the order of computation.
"""

from __future__ import annotations

import heapq
import math
from typing import Any

import numpy as np
from numba import float64, int64, njit, uint64

_GAMMA = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB
_UNIT = 1.0 / 9007199254740992.0
_NEED, _DELAY, _OWN = 0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0
_NEVER = np.inf


@njit(inline="always", cache=True)
def _mix(z: Any) -> Any:
    """The finaliser of splitmix64."""
    z = (z ^ (z >> uint64(30))) * uint64(_MIX_1)
    z = (z ^ (z >> uint64(27))) * uint64(_MIX_2)
    return z ^ (z >> uint64(31))


@njit(inline="always", cache=True)
def _state(key: Any, number: Any) -> Any:
    """State of the stream of one draw or item."""
    return _mix(uint64(key) ^ _mix(uint64(number) * uint64(_GAMMA) + uint64(1)))


@njit(inline="always", cache=True)
def _uniform(state: Any, purpose: Any, number: Any) -> Any:
    """A float64 in (0, 1) for this purpose and number."""
    z = _mix(_mix(state ^ uint64(purpose)) + uint64(number) * uint64(_GAMMA))
    return (float64(z >> uint64(11)) + 0.5) * _UNIT


@njit(inline="always", cache=True)
def _gap(u: Any, scale: Any, shape: Any) -> Any:
    """The x with P(gap > x) = (1 + x / scale) ** -shape at the uniform number u; infinite for shape 0."""
    if shape <= 0.0:
        return _NEVER
    return scale * math.expm1(-math.log(u) / shape)


@njit(inline="always", cache=True)
def _appeal(liking: Any, width: Any, at_home: Any, has_home: Any, factors: Any) -> Any:
    """Appeal of an item to a person: relative taste for its interest, times the factor of its home; see ``appeal``."""
    factor = 1.0
    if has_home:
        factor = factors[0] if at_home else factors[1]
    return min(width * liking * factor, factors[2])


@njit(nogil=True, cache=True)
def appeal(taste: Any, community: Any, interest: Any, home: Any, has_home: Any, factors: Any, out: Any) -> None:
    """Fill the appeal of one item to each user: float64 (users,); 0 for fake accounts (community -1).

    Args:
        taste: float32 (users, K), rows sum to 1.
        community: int64 (users,).
        interest: Position of the item's interest.
        home: bool (C,), its home communities.
        has_home: Whether there is one.
        factors: float64 (3,), factor at home, elsewhere, and the largest appeal.
        out: Result.
    """
    width = taste.shape[1]
    for v in range(out.shape[0]):
        out[v] = 0.0
        if community[v] >= 0:
            out[v] = _appeal(float64(taste[v, interest]), width, home[community[v]], has_home, factors)


@njit(nogil=True, cache=True)
def window_cascades(
    indptr: Any, follower: Any, dose: Any, since: Any, taste: Any, community: Any, interest: Any, home: Any,
    factors: Any, offsets: Any, person: Any, time: Any, tiring: Any, delay: Any, end: Any, key: Any,
) -> Any:  # fmt: skip
    """Adoptions that are caused in the window, item after item.

    Args:
        indptr, follower, dose, since: Ties by followed person; since in seconds from the start of the window.
        taste, community, factors: See ``appeal``.
        interest: int64 (items,).
        home: bool (C, items).
        offsets: int64 (items + 1,), sources of each item.
        person, time: int64 (s,), who adopted or promoted it of their own, and when (seconds from the start).
        tiring: See the module.
        delay: Mean delay of an exposure in seconds.
        end: Seconds; nothing happens from then on.
        key: Key of the random numbers.

    Returns:
        Item, person and time of each caused adoption, int64.
    """
    people = indptr.shape[0] - 1
    seen, active = np.zeros(people, np.int64), np.zeros(people, np.int64)
    total, need = np.zeros(people, np.float64), np.zeros(people, np.float64)
    width = taste.shape[1]
    items, persons, times = [int64(0) for _ in range(0)], [int64(0) for _ in range(0)], [int64(0) for _ in range(0)]
    for item in range(offsets.shape[0] - 1):
        epoch = item + 1
        state = _state(key, item)
        has_home = home[:, item].any()
        heap = [(int64(0), int64(0)) for _ in range(0)]
        for row in range(offsets[item], offsets[item + 1]):
            heapq.heappush(heap, (time[row], -1 - person[row]))
        while len(heap) > 0:
            now, code = heapq.heappop(heap)
            if code >= 0:
                u = int64(follower[code])
                if active[u] == epoch:
                    continue
                if seen[u] != epoch:
                    seen[u] = epoch
                    total[u] = 0.0
                    liking = float64(taste[u, interest[item]])
                    shape = tiring * _appeal(liking, width, home[community[u], item], has_home, factors)
                    need[u] = _gap(_uniform(state, _NEED, u), tiring, shape)
                total[u] += dose[code]
                if total[u] < need[u]:
                    continue
                items.append(item)
                persons.append(u)
                times.append(now)
            else:
                u = -1 - code
                if active[u] == epoch:
                    continue
            active[u] = epoch
            for tie in range(indptr[u], indptr[u + 1]):
                if dose[tie] > 0.0 and since[tie] <= now:
                    later = now + 60 + int64(-math.log(_uniform(state, _DELAY, tie)) * delay)
                    if later < end:
                        heapq.heappush(heap, (later, int64(tie)))
    return np.array(items), np.array(persons), np.array(times)


@njit(nogil=True, cache=True)
def _crossing(
    entry: Any, ties: Any, starts: Any, origins: Any, following: Any, dose: Any, need: Any, delay: Any, state: Any
) -> Any:
    """When the exposures of a person (a linked list) reach what they need, in days; infinite for never.

    And the origin of the latest of these exposures that goes back to a seed: its position, or -1.
    """
    arrival, amount, source = [0.0 for _ in range(0)], [0.0 for _ in range(0)], [int64(0) for _ in range(0)]
    while entry >= 0:
        tie = ties[entry]
        arrival.append(starts[entry] - math.log(_uniform(state, _DELAY, tie)) * delay)
        amount.append(dose[tie])
        source.append(origins[entry])
        entry = following[entry]
    total, origin = 0.0, int64(-1)
    for place in np.argsort(np.array(arrival)):
        total += amount[place]
        if source[place] >= 0:
            origin = source[place]
        if total >= need:
            return arrival[place], origin
    return _NEVER, origin


@njit(nogil=True, cache=True)
def _arm(
    indptr: Any, follower: Any, dose: Any, shape: Any, scale: Any, own: Any, own_time: Any, seeds: Any, posted: Any,
    is_seed: Any, horizon: Any, delay: Any, state: Any, draw: Any, drawn: Any, need: Any, adopted: Any, seen: Any,
    total: Any, head: Any, crossed: Any, origin: Any,
) -> Any:  # fmt: skip
    """Who adopts within the horizon in one draw; the seeds post at time 0 where ``posted``.

    Exposures are kept in lists and dated only once they suffice, since most people never reach what they need. Arrays
    over people: ``adopted`` is ``draw`` for those who do (seeds too), ``origin`` is the seed to whom that goes back.
    """
    heap, people = [(0.0, int64(0)) for _ in range(0)], [int64(0) for _ in range(0)]
    ties, starts = [int64(0) for _ in range(0)], [0.0 for _ in range(0)]
    origins, following = [int64(0) for _ in range(0)], [int64(0) for _ in range(0)]
    for row in range(own.shape[0]):
        heapq.heappush(heap, (own_time[row], own[row]))
        crossed[own[row]], origin[own[row]] = _NEVER, -1
    if posted:
        for place in range(seeds.shape[0]):
            u = int64(seeds[place])
            heapq.heappush(heap, (0.0, u))
            crossed[u], origin[u] = 0.0, place
    while len(heap) > 0:
        now, u = heapq.heappop(heap)
        if adopted[u] == draw:
            continue
        adopted[u] = draw
        if not is_seed[u]:
            people.append(u)
        if now < crossed[u]:
            origin[u] = -1
        for tie in range(indptr[u], indptr[u + 1]):
            v = int64(follower[tie])
            if dose[tie] <= 0.0 or shape[v] <= 0.0 or adopted[v] == draw:
                continue
            if drawn[v] != draw:
                drawn[v] = draw
                need[v] = _gap(_uniform(state, _NEED, v), scale[v], shape[v])
            if seen[v] != draw:
                seen[v], total[v], head[v] = draw, 0.0, -1
            total[v] += dose[tie]
            ties.append(int64(tie))
            starts.append(now)
            origins.append(origin[u])
            following.append(head[v])
            head[v] = len(ties) - 1
            if total[v] >= need[v]:
                when, source = _crossing(head[v], ties, starts, origins, following, dose, need[v], delay, state)
                if when <= horizon:
                    crossed[v], origin[v] = when, source
                    heapq.heappush(heap, (when, v))
    return people


@njit(nogil=True, cache=True)
def campaign_runs(
    indptr: Any, follower: Any, dose: Any, shape: Any, scale: Any, rate: Any, seeds: Any, weight: Any, horizon: Any,
    delay: Any, key: Any, first: Any, gained: Any, weighted: Any, without: Any,
) -> None:  # fmt: skip
    """What a campaign adds in draws ``first``, ``first + 1``, ...: with minus without, by the same random numbers.

    Args:
        indptr, follower, dose: Ties by followed person.
        shape, scale: float64 (n,), distribution of ``need``: P(need > d) = (1 + d / scale) ** -shape.
        rate: float64 (n,), adoptions of one's own per day.
        seeds: int64 (s,), distinct people who post at time 0.
        weight: float64 (s,), what an adoption that goes back to this seed counts in ``weighted``.
        horizon, delay: Days.
        key: Key of the random numbers.
        first: Number of the first draw.
        gained: int64 (draws,), result: people who adopt within the horizon and would not have; seeds left out.
        weighted: float64 (draws,), result: the same, weighted.
        without: int64 (draws,), result: people who adopt without the campaign; seeds left out.
    """
    n = indptr.shape[0] - 1
    drawn, anyway, adopted = np.full(n, -1), np.full(n, -1), np.full(n, -1)
    seen_before, seen = np.full(n, -1), np.full(n, -1)
    total, need, crossed = np.zeros(n, np.float64), np.zeros(n, np.float64), np.zeros(n, np.float64)
    head, origin, is_seed = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.bool_)
    is_seed[seeds] = True
    running = np.cumsum(rate)
    mean = running[-1] * horizon
    for draw in range(gained.shape[0]):
        state = _state(key, first + draw)
        # The adoptions of one's own are a Poisson process over people and time.
        own, own_time = [int64(0) for _ in range(0)], [0.0 for _ in range(0)]
        at, turn = -math.log(_uniform(state, _OWN, 0)), 1
        while at < mean:
            share = _uniform(state, _OWN, turn) * running[-1]
            own.append(int64(min(np.searchsorted(running, share, side="right"), n - 1)))
            own_time.append(at / mean * horizon)
            at -= math.log(_uniform(state, _OWN, turn + 1))
            turn += 2
        who, when = np.array(own), np.array(own_time)
        without[draw] = 0
        if len(own) > 0:
            people = _arm(
                indptr, follower, dose, shape, scale, who, when, seeds, False, is_seed, horizon, delay, state, draw,
                drawn, need, anyway, seen_before, total, head, crossed, origin,
            )  # fmt: skip
            without[draw] = len(people)
        gained[draw], weighted[draw] = 0, 0.0
        for v in _arm(
            indptr, follower, dose, shape, scale, who, when, seeds, True, is_seed, horizon, delay, state, draw, drawn,
            need, adopted, seen, total, head, crossed, origin,
        ):  # fmt: skip
            if anyway[v] != draw:
                gained[draw] += 1
                weighted[draw] += weight[origin[v]]


@njit(nogil=True, cache=True)
def reverse_sets(
    indptr: Any, followed: Any, running: Any, shape: Any, scale: Any, rate: Any, roots: Any, position: Any,
    horizon: Any, delay: Any, key: Any, count: Any,
) -> Any:  # fmt: skip
    """Reverse-reachable sets: the candidates whose post makes a random person adopt who would not have.

    The root is uniform over ``roots``. A set is empty where the root adopts anyway, by themselves or because somebody
    did who reaches them. So the expected additional adoptions of a seed set are the number of roots times the share of
    sets that it hits. The ties through which a person can be reached are drawn as the points of a Poisson process with
    gamma-distributed rate along the person's ties laid end to end; the gaps between them are Lomax distributed.

    Args:
        indptr, followed: Ties by follower.
        running: float64 (e,), running sum of the doses of each follower's ties.
        shape, scale, rate: See ``campaign_runs``.
        roots: int64, people who can be moved.
        position: int64 (n,), position among the candidates, or -1.
        horizon, delay: Days.
        key: Key of the random numbers.
        count: Number of sets.

    Returns:
        Candidate positions of all sets, int64, and the bounds of the sets, int64 (sets that are not empty + 1,).
    """
    people = indptr.shape[0] - 1
    done, reached = np.zeros(people, np.int64), np.zeros(people, np.int64)
    distance = np.zeros(people, np.float64)
    members, bounds = [int64(0) for _ in range(0)], [int64(0)]
    for number in range(count):
        epoch, state, turn = number + 1, _state(key, number), 1
        root = roots[min(int64(_uniform(state, 0, 0) * roots.shape[0]), roots.shape[0] - 1)]
        begin, lost = len(members), False
        heap = [(0.0, int64(root))]
        reached[root], distance[root] = epoch, 0.0
        while len(heap) > 0:
            far, u = heapq.heappop(heap)
            if done[u] == epoch:
                continue
            done[u] = epoch
            if rate[u] > 0.0:
                turn += 1
                if _uniform(state, 0, turn) < -math.expm1(-rate[u] * (horizon - far)):
                    lost = True
                    break
            if position[u] >= 0 and u != root:
                members.append(position[u])
            low, high = indptr[u], indptr[u + 1]
            if low == high or shape[u] <= 0.0:
                continue
            at, watched, points, tie = 0.0, 0.0, 0, low
            while tie < high:
                turn += 1
                gap = _gap(_uniform(state, 0, turn), scale[u] + watched, shape[u] + points)
                if at + gap >= running[high - 1]:
                    break
                tie = low + np.searchsorted(running[low:high], at + gap, side="right")
                watched += gap
                points += 1
                at = running[tie]
                turn += 1
                there = far - math.log(_uniform(state, 0, turn)) * delay
                w = int64(followed[tie])
                if there <= horizon and done[w] != epoch and (reached[w] != epoch or there < distance[w]):
                    reached[w], distance[w] = epoch, there
                    heapq.heappush(heap, (there, w))
                tie += 1
        if lost:
            while len(members) > begin:
                members.pop()
        if len(members) > begin:
            bounds.append(len(members))
    return np.array(members), np.array(bounds)
