"""Connections cut around a COMMIT: nothing is doubled or lost, and at most the same command has to be run again."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.faults.embedded.process import Ended, Fault
from tests.faults.neo4j.kills import HOOKS, Course, Outcome, Point, compared
from tests.faults.neo4j.scenes import Stage
from tests.faults.neo4j.state import examine
from tests.faults.neo4j.wire import KINDS, PLACES, cut, cut_all, cut_for_good, spot_of

SCENES = (
    *("first load", "second load", "load after a staged one", "load after a sealed one", "replay"),
    *("write back", "write back again", "forget", "wipe", "first snapshot"),
)
HELD, SENT = PLACES[:1], PLACES[1:]
_ACTIONS: dict[str, Callable[[], None]] = {
    "cut": cut,
    "all cut for a second": cut_all,
    "all cut for good": cut_for_good,
}
# Every so many cuts the network stays away for a second, or for good; the latter takes the driver's half a minute.
_SECOND, _GOOD = 5, 12
_STORE_CODE = 3


def points(courses: Mapping[str, Course], places: Sequence[str], count: int, seed: int) -> Iterator[tuple[Point, str]]:
    """Cuts at these places, spread over all kinds of transactions, with what is cut."""
    draw = random.Random(f"cuts {places} {seed}")
    found: dict[str, list[Point]] = defaultdict(list)
    for name, done in courses.items():
        for kind in KINDS:
            for place in places:
                spot = spot_of(kind, place)
                calls = done.ended.fired.get(spot, 0)
                found[kind] += [Point(place, name, spot, call) for call in range(1, calls + 1)]
    for several in found.values():
        draw.shuffle(several)
    number = 0
    while number < count and any(found.values()):
        for kind in KINDS:
            if not found[kind] or number == count:
                continue
            number += 1
            how = "cut" if number % _SECOND else "all cut for a second"
            yield found[kind].pop(), "all cut for good" if number % _GOOD == 0 else how


def attempt(stage: Stage, done: Course, point: Point, how: str) -> Outcome:
    """Cut, run the command again where it did not settle everything by itself, and compare."""
    home = stage.begin(done.scene)
    ended = stage.run(done.scene, home, Fault(point.spot, point.call, action=_ACTIONS[how]), hooks=HOOKS)
    if ended.fired.get(point.spot, 0) < point.call:
        return Outcome(False)
    wrong = told(ended, stage.access.password) if ended.code else []
    last = stage.run(done.scene, home, wire=False) if ended.code else ended
    wrong += compared(examine(home, stage.access), done, last)
    return Outcome(True, (), tuple(wrong), {"again": bool(ended.code), "said": ended.err[-200:] if ended.code else ""})


def told(ended: Ended, secret: str) -> list[str]:
    """What is wrong with how a command says that the store failed."""
    wrong = [f"exit code {ended.code}: {ended.err[-300:]}"] * (ended.code != _STORE_CODE)
    lines = [line.partition(": ")[0] for line in ended.err.splitlines() if line.startswith(("error: ", "hint: "))]
    wrong += [f"no single sentence and hint: {ended.err[-300:]}"] * (lines != ["error", "hint"])
    wrong += ["a traceback"] * ("Traceback" in ended.err)
    return wrong + ["the password is shown"] * (secret in ended.err + ended.out)
