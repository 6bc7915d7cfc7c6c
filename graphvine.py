"""The library for notebooks: ``import graphvine as gv``.

::

    import graphvine as gv
    market = gv.open("demo")                       # a workspace
    market.load()                                  # files into the store, and a snapshot of it
    market.segments().to_frame()                   # who belongs together
    market.train("vehicle")                        # a model, judged on the last events
    market.models("vehicle")                       # all kept ones; compare, promote, rollback and refresh choose
    market.recommend(["U00001"], k=5).to_frame()   # ranked, with reasons
    market.kols(product="V001")                    # who moves people
    market.plan(budget=50_000).to_frame()          # whom to seed
    market.report()                                # all of it on one page

What a method finds is kept in the workspace, as the commands keep it. Everything passes through the workspace's
do-not-contact list and consents: where these cannot be relied on, a method raises instead of leaving nobody out.
Everything is imported on first use, so that a notebook that only reads does not wait for torch.
"""

from __future__ import annotations

import importlib.util
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from cli.shell.engines.engine import Querying
    from graph.store.result import QueryResult
    from graph.trust.lists import DoubtPolicy
    from graph.workspace.settings import StoreKind
    from graph.workspace.workspace import Workspace

__all__ = ["Market", "init", "open", "synth"]


def _refuse_strangers() -> None:
    """Make sure that Python finds our packages, whose names are common, and not others of the same names."""
    home = Path(__file__).resolve().parent
    for name in ("graph", "gnn", "cli", "queries"):
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or home not in origin.parents:
            raise ImportError(
                f"the module {name!r} that Python finds is {origin or 'missing'}, not graphvine's; "
                "install graphvine in an environment of its own"
            )


_refuse_strangers()

from graph.workflow.market import Market, Tools  # noqa: E402  # only once it is known to be ours


def open(  # `gv.open`, like the openers of other libraries
    path: str | Path = ".",
    *,
    exclude: str | Path | None = None,
    unknown: DoubtPolicy | None = None,
    store: StoreKind | None = None,
    seed: int | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Market:
    """The market of a workspace.

    Args:
        path: The workspace, which ``graphvine init`` or ``gv.init`` has made.
        exclude: A do-not-contact list in place of the configured one.
        unknown: What an id in doubt on it does: ``stop``, or ``ok`` to go on and leave out everybody whom it may stand
            for; None for the setting.
        store: Where the market is; None for the setting.
        seed: Seed of everything random; None for the setting.
        on_note: Takes each note, such as ``print``; ``Market.notes`` keeps them in any case.

    Raises:
        PrerequisiteError: there is no such workspace.
        ConfigError: a setting or an argument is wrong.
    """
    from cli.neo4j import read_access
    from cli.settings import read_settings
    from cli.trainers import trainers
    from graph.errors import ConfigError, PrerequisiteError, nearest
    from graph.trust.lists import DoubtPolicy
    from graph.workspace.folder import WorkspaceFolder
    from graph.workspace.listener import Listener
    from graph.workspace.settings import StoreKind
    from graph.workspace.workspace import Workspace

    folder = WorkspaceFolder(Path(path))
    if not folder.root.is_dir():
        raise PrerequisiteError(f"there is no workspace {folder.root}", hint="make one: gv.init(path, data=...)")
    for name, value, known in (("unknown", unknown, get_args(DoubtPolicy)), ("store", store, get_args(StoreKind))):
        if value is not None and value not in known:
            raise ConfigError(f"{name}={value!r} is not known", hint=nearest(value, known))
    settings, notes = read_settings(folder.config), _Notes(on_note)
    workspace = Workspace(
        folder,
        settings,
        Listener(note=notes.add),
        given_seed=seed,
        given_store=store,
        exclude=None if exclude is None else Path(exclude),
        given_unknown=unknown,
        find_access=lambda: read_access(settings.neo4j, folder=folder.root),
    )
    tools = Tools(_Queries(workspace), lambda gnn: trainers(workspace.listener.note, gnn=gnn), lambda: int(time.time()))
    return Market(workspace, notes.texts, tools)


def init(path: str | Path, *, data: str | Path | None = None, force: bool = False, **options: Any) -> Market:
    """Make a workspace with settings and a proposed mapping, and open it.

    Args:
        path: The workspace.
        data: Folder of the data files; None for the workspace itself.
        force: Whether to replace settings and a mapping that are there already.
        options: See ``open``.

    Raises:
        DataError: there is no such folder of data files.
        ConfigError: it is a workspace already.
    """
    from graph.workflow.loading.init import make_workspace
    from graph.workspace.folder import WorkspaceFolder

    notes = _Notes(options.get("on_note"))
    make_workspace(
        WorkspaceFolder(Path(path)), data=None if data is None else Path(data), force=force, on_note=notes.add
    )
    market = open(path, **options)
    market.notes[:0] = notes.texts
    return market


def synth(directory: str | Path, *, world: str = "ev-retail", users: int = 5000, seed: int = 7) -> Path:
    """Write the files of a seeded synthetic market, to try things on.

    Args:
        directory: New folder for the files.
        world: ``ev-retail``, ``car-rental`` or ``e-commerce``; ``ev-retail-2`` and so on for version 2, and
            ``ev-retail-2-likeness`` and so on for a market in which nobody influences anybody.
        users: Number of users, at least 100.
        seed: The same seed gives the same bytes.

    Returns:
        The folder.

    Raises:
        ConfigError: the world is unknown, or a number is out of range.
        DataError: the folder is not empty.
    """
    from graph.worlds.synth import synthesise

    folder = Path(directory)
    synthesise(folder, world=world, users=users, seed=seed)
    return folder


class _Notes:
    """Keeps notes, and passes each on."""

    def __init__(self, on_note: Callable[[str], None] | None) -> None:
        self.texts: list[str] = []
        self._on_note = on_note

    def add(self, text: str) -> None:
        self.texts.append(text)
        if self._on_note is not None:
            self._on_note(text)


class _Queries:
    """Answers queries on a market by an engine that is kept for the next one, and ends with this value."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._engine: Querying | None = None

    def __call__(self, query: str, parameters: Mapping[str, Any], *, limit: int, timeout: float) -> QueryResult:
        from cli.shell.engines.opening import open_engine
        from cli.shell.named import load_query, typed_values

        text, values = query, dict(parameters)
        # Cypher has blanks, and no named query has.
        if not any(map(str.isspace, query.strip())):
            named = load_query(query.strip(), hidden=self._workspace.hidden)
            text, values = named.text, typed_values(named, values)
        if self._engine is None:
            self._engine = open_engine(self._workspace)
            weakref.finalize(self, self._engine.close)
        try:
            return self._engine.query(text, values, timeout_s=timeout, max_rows=limit)
        except KeyboardInterrupt:
            self._engine.cancel()
            raise
