"""The store and the quarantine that a load works on; for a dry run copies, so that nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.ingest.rejects.quarantine import Quarantine
    from graph.store.protocol import GraphStore
    from graph.workspace.workspace import Workspace


@contextmanager
def stage(workspace: Workspace, *, dry_run: bool) -> Iterator[tuple[GraphStore, Quarantine]]:
    """The store and the quarantine of the workspace; for a dry run copies, which vanish when the block ends.

    A server is not copied: a load that is not committed sends nothing to it.

    Raises:
        StoreError: somebody else holds the store for too long.
    """
    import tempfile

    from graph.ingest.rejects.quarantine import Quarantine

    if not dry_run:
        yield workspace.store(), Quarantine(workspace.quarantine)
        return
    with tempfile.TemporaryDirectory(prefix="graphvine-") as folder:
        quarantine = Path(folder) / "quarantine"
        if workspace.is_embedded:
            from graph.store.embedded.store import EmbeddedStore

            file = Path(folder) / workspace.folder.store.name
            with _held(workspace):
                _copy_file(workspace.folder.store, file)
                _copy_quarantine(workspace, quarantine)
            zone = workspace.folder.zone(workspace.settings.data.mapping)
            yield EmbeddedStore(file, workspace.schema, zone=zone), Quarantine(quarantine)
        else:
            _copy_quarantine(workspace, quarantine)
            yield workspace.store(dry_run=True), Quarantine(quarantine)


@contextmanager
def _held(workspace: Workspace) -> Iterator[None]:
    """Hold the store's file open for reading, so that no other process changes it while it is copied."""
    from graph.store.embedded.connection import Opening, opened

    with ExitStack() as stack:
        if workspace.folder.store.exists():
            opening = Opening(workspace.folder.store, workspace.settings.data.lock_timeout)
            stack.enter_context(opened(opening, read_only=True))
        yield


def _copy_file(store: Path, target: Path) -> None:
    import shutil

    for path in (store, store.with_name(f"{store.name}.wal")):
        if path.exists():
            shutil.copyfile(path, target.with_name(path.name))


def _copy_quarantine(workspace: Workspace, target: Path) -> None:
    import shutil

    if workspace.quarantine.is_dir():
        shutil.copytree(workspace.quarantine, target)
