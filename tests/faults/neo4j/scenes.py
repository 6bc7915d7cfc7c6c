"""The scenes in which something goes wrong with a Neo4j store: a workspace, a database, and a command."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graph.store.neo4j.access import Access
from graph.store.neo4j.load.loading import PushTerms
from graph.store.neo4j.store import Neo4jStore
from graph.store.protocol import ResultTable
from graph.workspace.folder import WorkspaceFolder
from tests.faults.embedded import process
from tests.faults.embedded.process import Ended, Fault, Hook, command, kill, run
from tests.faults.embedded.scenes import LOAD, REPLAY, SNAPSHOT, arguments, put_files, repair_files
from tests.faults.neo4j.database import NOTHING, Content, put_back, read_content
from tests.faults.neo4j.state import STORE
from tests.faults.neo4j.wire import direct, wired

_FIX = ("data", "rejects", "fix", "HOME/fixes", "--reason", "not_a_time", "--reason", "unknown_relation")
_FILES, _NEWER, _NEWEST = ("files", "1"), ("files", "2"), ("files", "3")
_FIRST = (_FILES, LOAD)
_WRITE, _FORGET = ("write back", "1"), ("forget",)
_BOOKS = ("GraphvineBatch", "GraphvineFile", "GraphvineLoad")
_RESULT = "result-1"
_KIB = 1 << 10
# Where a load is killed to make the state that another scene begins with: spot, and which call of it.
_KILLED = {
    "staged": ("_seal before", 1),
    "sealed": ("_seal after", 1),
    "half applied": ("_apply after", 12),
    "half wiped": ("_all after", 4),
}
_PREPARING = (
    Hook("graph.store.neo4j.load.loading:Neo4jLoading", "_seal"),
    Hook("graph.store.neo4j.load.apply_chunks", "_apply"),
    Hook("graph.store.neo4j.wipe", "_all"),
)


@dataclass(frozen=True)
class Scene:
    """A state of a workspace and its database, and the command that is run in it.

    Attributes:
        name: What it is called.
        steps: What was done before.
        command: The command, without the workspace; or a deed with its arguments.
        books: Labels of the ledger in which a repetition is a load of its own: it tries the same records again.
        refusal: What a repetition may say when everything has been done, with exit code 4.
        kind: ``load``, ``write``, ``wipe`` or ``read``: what a fault may leave half done.
    """

    name: str
    steps: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    books: tuple[str, ...] = ()
    refusal: str = ""
    kind: str = "load"


_WIPE = ("store", "wipe", "--yes")
SCENES = (
    Scene("first load", (_FILES,), LOAD),
    Scene("second load", (*_FIRST, _NEWER), LOAD),
    Scene("newest load", (*_FIRST, _NEWEST), LOAD),
    Scene("load after a staged one", (*_FIRST, _NEWER, ("killed", "staged", *LOAD)), LOAD),
    Scene("load after a sealed one", (*_FIRST, _NEWER, ("killed", "sealed", *LOAD)), LOAD),
    Scene("load after a half applied one", (_FILES, ("killed", "half applied", *LOAD)), LOAD),
    Scene("replay", (*_FIRST, _NEWER, (*LOAD, "--mapping", "HOME/users-only.toml")), REPLAY, books=_BOOKS),
    Scene(
        "replay of fixes",
        (*_FIRST, _FIX, ("repair files",)),
        (*REPLAY, "--from", "HOME/fixes"),
        books=_BOOKS,
        refusal="was put right before",
    ),
    Scene("write back", _FIRST, _WRITE, kind="write"),
    Scene("write back again", (*_FIRST, ("write back", "2")), _WRITE, kind="write"),
    Scene("forget", (*_FIRST, _WRITE), _FORGET, kind="write"),
    Scene("wipe", (*_FIRST, _WRITE), _WIPE, kind="wipe"),
    Scene("wipe after a half one", (*_FIRST, _WRITE, ("killed", "half wiped", *_WIPE)), _WIPE, kind="wipe"),
    Scene("first snapshot", _FIRST, SNAPSHOT, kind="read"),
    Scene("second snapshot", (*_FIRST, SNAPSHOT, _NEWER, LOAD), SNAPSHOT, kind="read"),
)


def scene_of(name: str) -> Scene:
    """The scene of that name."""
    return next(scene for scene in SCENES if scene.name == name)


@contextmanager
def small_pieces() -> Iterator[None]:
    """Let a small load come in as many pieces as a large one: blocks, chunks, pages and batches."""
    from graph.ingest.formats import read_blocks
    from graph.store.neo4j import reading, results, wipe
    from graph.store.neo4j.load import apply_chunks, ledger

    sizes: tuple[tuple[dict[str, Any], str, Any], ...] = (
        (defaults_of(read_blocks), "size", 4 * _KIB),
        (defaults_of(Neo4jStore.__init__), "terms", PushTerms(workers=2, rows=120)),
        (vars(apply_chunks), "_STAGED", 6 * _KIB),
        (vars(results), "_ROWS", 40),
        (vars(wipe), "_EDGES", 400),
        (vars(wipe), "_NODES", 100),
        (vars(ledger), "_PAGE", 20),
        (vars(reading), "NODES_A_PAGE", 100),
        (vars(reading), "EDGES_A_PAGE", 300),
        (vars(reading), "_MOST_EDGES", 900),
    )
    usual = [place[name] for place, name, _ in sizes]
    for place, name, value in sizes:
        place[name] = value
    try:
        yield
    finally:
        for (place, name, _), value in zip(sizes, usual, strict=True):
            place[name] = value


def defaults_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The values of a function's keyword arguments where none are given; changing them changes the function."""
    defaults: dict[str, Any] | None = getattr(function, "__kwdefaults__", None)
    if defaults is None:
        raise RuntimeError(f"{function.__name__} has no defaults")
    return defaults


def preload() -> None:
    """Import what the commands import."""
    import importlib

    process.preload(queries=False)
    for name in (
        "neo4j",
        "neo4j.exceptions",
        "cli.neo4j",
        "graph.store.neo4j.store",
        "cli.commands.store",
        "cli.data.group",
    ):
        importlib.import_module(name)


@dataclass(frozen=True)
class Place:
    """Where the state of a scene is kept: the workspace, and what its database holds."""

    home: Path
    content: Content


@dataclass
class Stage:
    """Where the states are made once, and put back for every fault.

    Attributes:
        folder: A folder of its own.
        access: The database, which nobody else uses.
        size: Number of users of the market.
    """

    folder: Path
    access: Access
    size: int
    _made: dict[tuple[tuple[str, ...], ...], Place] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead to the database."""
        access = self.access
        return {
            "NEO4J_URI": access.uri,
            "NEO4J_USERNAME": access.username,
            "NEO4J_PASSWORD": access.password,
            "NEO4J_DATABASE": access.database,
        }

    def begin(self, scene: Scene, name: str = "course") -> Path:
        """Put the state before the scene's command in place, and return the workspace."""
        place = self._after(scene.steps)
        put_back(self.access, place.content)
        return self._copy(place.home, name)

    def workspace(self, scene: Scene, name: str) -> Path:
        """The workspace alone, as it is before the scene's command."""
        return self._copy(self._after(scene.steps).home, name)

    def work(self, scene: Scene, home: Path, *, wire: bool = True) -> Callable[[], int]:
        """The scene's command."""
        return self._work(scene.command, home, wire=wire)

    def run(
        self, scene: Scene, home: Path, fault: Fault | None = None, *, hooks: Sequence[Hook] = (), wire: bool = True
    ) -> Ended:
        """Run the scene's command in a process of its own."""
        return run(self.work(scene, home, wire=wire), fault or Fault(), hooks=hooks)

    def at(self, access: Access) -> Stage:
        """The same states for another address of the database."""
        return replace(self, access=access)

    def _work(self, words: Sequence[str], home: Path, *, wire: bool) -> Callable[[], int]:
        if words[0] == "write back":
            plain: Callable[[], int] = _Writing(home, self.access, int(words[1]))
        elif words[0] == "forget":
            plain = _Forgetting(home, self.access)
        else:
            plain = command(*_arguments(home, words))
        done = wired(self.environment, plain) if wire else direct(self.environment, plain)

        def scratched() -> int:
            scratch = self.folder / "scratch"
            scratch.mkdir(exist_ok=True)
            tempfile.tempdir = str(scratch)
            return done()

        return scratched

    def _copy(self, home: Path, name: str) -> Path:
        target = self.folder / name
        for folder in (target, self.folder / "scratch"):
            shutil.rmtree(folder, ignore_errors=True)
        if home.exists():
            shutil.copytree(home, target)
        return target

    def _after(self, steps: tuple[tuple[str, ...], ...]) -> Place:
        if steps not in self._made:
            before = self._after(steps[:-1]) if len(steps) > 1 else Place(self.folder / "nothing", NOTHING)
            put_back(self.access, before.content)
            home = self._copy(before.home, f"made-{len(self._made)}")
            self._do(home, steps[-1])
            self._made[steps] = Place(home, read_content(self.access))
        return self._made[steps]

    def _do(self, home: Path, step: tuple[str, ...]) -> None:
        if step[0] == "files":
            put_files(home, int(step[1]), size=self.size)
        elif step[0] == "repair files":
            repair_files(home)
        elif step[0] == "killed":
            spot, call = _KILLED[step[1]]
            work = self._work(step[2:], home, wire=False)
            ended = run(work, Fault(spot, call, action=kill), hooks=_PREPARING)
            if not ended.killed:
                raise RuntimeError(f"{step} was not killed at {spot} but ended with {ended.code}: {ended.err}")
        else:
            ended = run(self._work(step, home, wire=False))
            if ended.code:
                raise RuntimeError(f"{step} ended with {ended.code}: {ended.err}")


def _arguments(home: Path, words: Sequence[str]) -> tuple[str, ...]:
    return (*arguments(home, words), "--store", STORE)


@dataclass(frozen=True)
class _Deed:
    """Something that is done with the store of a workspace.

    Attributes:
        home: The workspace.
        access: The database, whose address is that of the environment.
    """

    home: Path
    access: Access

    def __call__(self) -> int:
        from graph.errors import GraphvineError

        store = Neo4jStore(replace(self.access, uri=os.environ["NEO4J_URI"]), WorkspaceFolder(self.home).schema())
        try:
            self.do(store)
        except GraphvineError as error:
            # As the command line does.
            print(f"error: {error.message}\nhint: {error.hint}", file=sys.stderr)
            return 3
        return 0

    def do(self, store: Neo4jStore) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class _Writing(_Deed):
    """Write a result of all kinds back; the number tells two versions of it apart."""

    version: int

    def do(self, store: Neo4jStore) -> None:
        # Every fortieth is refused in the first version of the files.
        people = [f"u{n}" for n in range(3, 100) if n % 40 != 5]
        items = [f"p{n}" for n in range(20)]
        segments = [(p, f"S{n % (2 + self.version)}", 0.25 * (n % 4)) for n, p in enumerate(people)]
        bought = [(p, "product", items[n % 20], n % 5 + 1, n / self.version) for n, p in enumerate(people)]
        seeds = [(p, n + 1, 10.0 * n) for n, p in enumerate(people[self.version : 30])]
        scores = [(p, n + 1, 1 / (n + self.version)) for n, p in enumerate(people)]
        tables = [
            ResultTable("segments", ("person", "segment", "certainty"), segments),
            ResultTable("recommendations", ("person", "item_type", "item_id", "rank", "score"), bought),
            ResultTable("seeds", ("person", "rank", "cost"), seeds),
            ResultTable("scores", ("person", "rank", "score"), scores),
        ]
        store.write_back(tables, _RESULT)


@dataclass(frozen=True)
class _Forgetting(_Deed):
    """Remove that result."""

    def do(self, store: Neo4jStore) -> None:
        store.forget(_RESULT)
