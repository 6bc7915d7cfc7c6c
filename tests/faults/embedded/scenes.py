"""A small market of files with faulty records, and the scenes in which something goes wrong.

The second version of the files has news, changed attributes, users that events had waited for, and events that
contradict earlier ones.
"""

from __future__ import annotations

import csv
import gzip
import random
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.embedded.process import command, run

OLD_STORE = Path(__file__).parents[2] / "graph" / "store" / "data" / "format1.duckdb.gz"
MAPPING = """
time_zone = "Asia/Shanghai"
[[files]]
path = "users.csv"
node = "Person"
roles = ["User"]
id = "uid"
columns = { name = "name", city = "city", signup = "since" }
"""
MORE = """
[[files]]
path = "profiles.csv"
node = "Person"
id = "uid"
columns = { age_band = "age", followers = "fans" }
[[files]]
path = "events*.csv"
source = "uid"
target = "item"
time = "ts"
weight = "amount"
create = ["target"]
[files.relation]
column = "what"
values = { view = "Person-VIEWED-Product", cart = "Person-CARTED-Product", "收藏" = "Person-FAVOURITED-Product" }
[[files]]
path = "orders.csv"
edge = "Person-BOUGHT-Product"
source = "uid"
target = "item"
time = "ts"
weight = "amount"
event_id = "order"
create = ["target"]
[[files]]
path = "follows.csv"
edge = "Person-FOLLOWS-Person"
source = "who"
target = "whom"
time = "ts"
"""
AS_OF = "2026-07-01"
QUESTION = (
    "MATCH (p:Person)-[b:BOUGHT]->(i:Product) RETURN p.id AS p, i.id AS i, b.time AS t, b.weight AS w"
    " ORDER BY p, i, t, w LIMIT 99"
)
_ITEMS = 60
_FIRST_LATE = 10_000

Row = list[str]


def put_files(home: Path, version: int, *, size: int, seed: int = 7) -> None:
    """Write the files of the market.

    Args:
        home: The workspace.
        version: 1, or 2 and 3 for what comes later.
        size: Number of users; there are twelve times as many records.
        seed: Of the content; a later version has all events of the earlier one, apart from a few that contradict it.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "graphvine.toml").write_text('seed = 7\n[data]\nmapping = "mapping.toml"\nlock_timeout = 20.0\n', "utf-8")
    (home / "mapping.toml").write_text(MAPPING + MORE, "utf-8")
    (home / "users-only.toml").write_text(MAPPING, "utf-8")
    late = size // 20 * (version - 1)
    users = [f"u{i}" for i in range(size)] + [f"u{_FIRST_LATE + i}" for i in range(late)]
    known = [f"u{i}" for i in range(size)]
    draw = random.Random(seed)
    _write(home / "users.csv", ["uid", "name", "city", "since"], _users(users, version))
    _write(
        home / "profiles.csv",
        ["uid", "age", "fans"],
        [[u, "25-34", str(len(u) * 10)] for u in known[::2]] + [["", "", ""]],
    )
    events = _events(draw, known, 7 * size)
    _write(home / "events-1.csv", ["uid", "item", "what", "ts", "amount"], events)
    orders = _orders(draw, known, 3 * size)
    _write(home / "follows.csv", ["who", "whom", "ts"], _follows(draw, known, size))
    later = random.Random(seed + version)
    if version > 1:
        _write(
            home / f"events-{version}.csv", ["uid", "item", "what", "ts", "amount"], _events(later, users, size // 4)
        )
        orders = [[*row[:4], "0.01"] if number % 17 == 0 else row for number, row in enumerate(orders)]
        orders += [[f"n{version}-{row[0]}", *row[1:]] for row in _orders(later, users, size // 6)]
    _write(home / "orders.csv", ["order", "uid", "item", "ts", "amount"], orders)


def _write(file: Path, names: Row, rows: Iterable[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([names, *rows])


def _users(users: Sequence[str], version: int) -> list[Row]:
    """Every fortieth has an impossible day in the first version, and a right one later."""
    cities = ("上海", "Berlin", "")
    bad = "2024-02-30" if version == 1 else "2024-02-29"
    return [
        [u, f"name {n % (9 + version)}", cities[n % 3], bad if n % 40 == 5 else f"2024-01-{n % 28 + 1:02d}"]
        for n, u in enumerate(users)
    ]


def _who(draw: random.Random, users: Sequence[str]) -> str:
    """A user, and now and then one who comes late or never."""
    if draw.random() < 0.03:
        return f"u{_FIRST_LATE + draw.randrange(max(1, len(users) // 12))}"
    return draw.choice(users)


def _time(draw: random.Random) -> str:
    if draw.random() < 0.01:
        return draw.choice(["soon", "2026-13-01", "2029-01-01", ""])
    return (
        f"2026-0{draw.randrange(1, 6)}-{draw.randrange(1, 28):02d} {draw.randrange(24):02d}:{draw.randrange(60):02d}:00"
    )


def _events(draw: random.Random, users: Sequence[str], count: int) -> list[Row]:
    rows: list[Row] = []
    for _ in range(count):
        what = draw.choice(["view", "view", "cart", "收藏", "hate"] if draw.random() < 0.05 else ["view", "cart"])
        amount = "lots" if draw.random() < 0.005 else f"{draw.randrange(9)}.5"
        rows.append([_who(draw, users), f"p{draw.randrange(_ITEMS)}", what, _time(draw), amount])
        if draw.random() < 0.02:
            rows.append(list(rows[-1]))
    return rows


def _orders(draw: random.Random, users: Sequence[str], count: int) -> list[Row]:
    rows = []
    for number in range(count):
        item = f"p{draw.randrange(_ITEMS)}" if draw.random() > 0.01 else ""
        rows.append([f"o{number}", _who(draw, users), item, _time(draw), f"{draw.randrange(1, 900)}.20"])
    return rows


def _follows(draw: random.Random, users: Sequence[str], count: int) -> list[Row]:
    return [[_who(draw, users), _who(draw, users), _time(draw)] for _ in range(count)]


@dataclass(frozen=True)
class Scene:
    """A state of a workspace, and the command that is run in it.

    Attributes:
        name: What it is called.
        steps: What was done before: commands, or one of ``_DEEDS`` with its arguments.
        command: The command, without the workspace.
        same_output: Whether a repetition of the command prints the same.
        books: Tables in which a repetition is a load of its own: it tries the same records again.
        refusal: What a repetition may say when everything has been done, with exit code 4.
    """

    name: str
    steps: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    same_output: bool = False
    books: tuple[str, ...] = ()
    refusal: str = ""

    def arguments(self, home: Path) -> tuple[str, ...]:
        """The command for a workspace."""
        return arguments(home, self.command)


LOAD = ("data", "load")
SNAPSHOT = ("data", "snapshot")
ASK = ("cypher", QUESTION)
REPLAY = ("data", "rejects", "replay")
_FIX = ("data", "rejects", "fix", "HOME/fixes", "--reason", "not_a_time", "--reason", "unknown_relation")
_FIRST, _SECOND = (("files", "1"), LOAD), (("files", "2"), LOAD)
_ALL = (*_FIRST, SNAPSHOT, ASK, *_SECOND)
_BOOKS = ("ledger", "loads", "files")
SCENES = (
    Scene("first load", _FIRST[:1], LOAD),
    Scene("second load", (*_FIRST, SNAPSHOT, ("files", "2")), LOAD),
    Scene("replay", (*_FIRST, ("files", "2"), (*LOAD, "--mapping", "HOME/users-only.toml")), REPLAY, books=_BOOKS),
    Scene(
        "replay of fixes",
        (*_FIRST, _FIX, ("repair files",)),
        (*REPLAY, "--from", "HOME/fixes"),
        books=_BOOKS,
        refusal="was put right before",
    ),
    Scene("first snapshot", _FIRST, SNAPSHOT, True),
    Scene("second snapshot", _ALL, SNAPSHOT, True),
    Scene("first query", (*_FIRST, SNAPSHOT), ASK, True),
    Scene("second query", (*_ALL, SNAPSHOT), ASK, True),
    Scene("compaction", _ALL, ("store", "compact")),
    Scene("upgrade", (("files", "1"), ("old store",)), SNAPSHOT, True),
    Scene("export", (*_FIRST, SNAPSHOT), ("data", "export", "Person", "-o", "HOME/people.csv"), True),
)


def arguments(home: Path, words: Sequence[str]) -> tuple[str, ...]:
    """A command for a workspace; what depends on the clock is given the same moment."""
    dated = tuple(words[:2]) == LOAD or tuple(words[:3]) == REPLAY
    filled = [word.replace("HOME", str(home)) for word in words]
    return (*filled, *(("--as-of", AS_OF) if dated else ()), "-w", str(home))


def repair_files(home: Path) -> None:
    """Put right by hand what can be put right."""
    for file in (home / "fixes").glob("*.csv"):
        text = file.read_text("utf-8-sig")
        for wrong, right in (("soon", "2026-01-02"), ("2026-13-01", "2026-01-03"), ("hate", "view")):
            text = text.replace(f",{wrong},", f",{right},").replace(f",{wrong}\n", f",{right}\n")
        file.write_text(text, "utf-8-sig")


def _old_store(home: Path) -> None:
    (home / "store").mkdir()
    (home / "store" / "market.duckdb").write_bytes(gzip.decompress(OLD_STORE.read_bytes()))


@dataclass
class Stage:
    """Where the states of workspaces are made once, and copied for every fault.

    Attributes:
        folder: A folder of its own.
        size: Number of users of the market.
    """

    folder: Path
    size: int
    _made: dict[tuple[tuple[str, ...], ...], Path] = field(default_factory=dict)

    def ready(self, scene: Scene) -> Path:
        """The workspace as it is before the scene's command; not to be changed."""
        return self._after(scene.steps)

    def copy(self, home: Path, name: str) -> Path:
        """A copy of a workspace, in place of an earlier one of that name."""
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        if home.exists():
            shutil.copytree(home, target)
        return target

    def _after(self, steps: tuple[tuple[str, ...], ...]) -> Path:
        if steps not in self._made:
            before = self._after(steps[:-1]) if len(steps) > 1 else self.folder / "nothing"
            home = self.copy(before, f"made-{len(self._made)}")
            self._do(home, steps[-1])
            self._made[steps] = home
        return self._made[steps]

    def _do(self, home: Path, step: tuple[str, ...]) -> None:
        deeds: dict[str, Callable[..., None]] = {"repair files": repair_files, "old store": _old_store}
        if step[0] == "files":
            put_files(home, int(step[1]), size=self.size)
        elif step[0] in deeds:
            deeds[step[0]](home)
        else:
            ended = run(command(*arguments(home, step)))
            if ended.code:
                raise RuntimeError(f"{step} ended with {ended.code}: {ended.err}")
