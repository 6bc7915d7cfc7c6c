"""What a load works on: the store and the quarantine, or for a dry run what changes no byte of either."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cli.options import StoreName

if TYPE_CHECKING:
    from cli.session import Session
    from graph.ingest.rejects.quarantine import Quarantine
    from graph.store.protocol import GraphStore


@contextmanager
def stage(session: Session, *, rehearsal: bool) -> Iterator[tuple[GraphStore, Quarantine]]:
    """The store and the quarantine of the workspace; for a rehearsal copies, which vanish when the block ends.

    A server is not copied: a load that is not committed sends nothing to it.

    Raises:
        StoreError: somebody else holds the store for too long.
    """
    import tempfile

    from graph.ingest.rejects.quarantine import Quarantine

    if not rehearsal:
        yield session.store(), Quarantine(session.quarantine)
        return
    with tempfile.TemporaryDirectory(prefix="graphvine-") as folder:
        quarantine = Path(folder) / "quarantine"
        if session.store_name is StoreName.EMBEDDED:
            from graph.store.embedded.store import EmbeddedStore

            file = Path(folder) / session.workspace.store.name
            with _held(session):
                _copy_file(session.workspace.store, file)
                _copy_quarantine(session, quarantine)
            zone = session.workspace.zone(session.settings.data.mapping)
            yield EmbeddedStore(file, session.schema, zone=zone), Quarantine(quarantine)
        else:
            _copy_quarantine(session, quarantine)
            yield session.store(rehearsal=True), Quarantine(quarantine)


@contextmanager
def _held(session: Session) -> Iterator[None]:
    """Who reads the file keeps everybody from loading, so that it does not change while it is copied."""
    from graph.store.embedded.connection import Opening, opened

    with ExitStack() as stack:
        if session.workspace.store.exists():
            opening = Opening(session.workspace.store, session.settings.data.lock_timeout)
            stack.enter_context(opened(opening, read_only=True))
        yield


def _copy_file(store: Path, target: Path) -> None:
    import shutil

    for path in (store, store.with_name(f"{store.name}.wal")):
        if path.exists():
            shutil.copyfile(path, target.with_name(path.name))


def _copy_quarantine(session: Session, target: Path) -> None:
    import shutil

    if session.quarantine.is_dir():
        shutil.copytree(session.quarantine, target)
