"""What a dry run works on: copies, so that no byte of the workspace changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.session import Session
    from graph.ingest.quarantine import Quarantine
    from graph.store.embedded.store import EmbeddedStore


@contextmanager
def stage(session: Session, *, rehearsal: bool) -> Iterator[tuple[EmbeddedStore, Quarantine]]:
    """The store and the quarantine of the workspace; for a rehearsal copies, which vanish when the block ends.

    Raises:
        StoreError: somebody else holds the store for too long.
    """
    import tempfile

    from graph.ingest.quarantine import Quarantine
    from graph.store.embedded.store import EmbeddedStore

    if not rehearsal:
        yield session.store(), Quarantine(session.workspace.quarantine)
        return
    with tempfile.TemporaryDirectory(prefix="graphvine-") as folder:
        file, quarantine = Path(folder) / session.workspace.store.name, Path(folder) / "quarantine"
        _copy(session, file, quarantine)
        yield EmbeddedStore(file, session.schema), Quarantine(quarantine)


def _copy(session: Session, file: Path, quarantine: Path) -> None:
    import shutil

    from graph.store.embedded.connection import Opening, opened

    store = session.workspace.store
    with ExitStack() as stack:
        if store.exists():
            # Who reads the file keeps everybody from loading, so that neither changes while they are copied.
            stack.enter_context(opened(Opening(store, session.settings.data.lock_timeout), read_only=True))
            for path in (store, store.with_name(f"{store.name}.wal")):
                if path.exists():
                    shutil.copyfile(path, file.with_name(path.name))
        if session.workspace.quarantine.is_dir():
            shutil.copytree(session.workspace.quarantine, quarantine)
