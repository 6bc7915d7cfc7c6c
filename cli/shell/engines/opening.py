"""The engine that answers queries on the market of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.shell.engines.engine import Querying
    from graph.workspace.workspace import Workspace


def open_engine(workspace: Workspace) -> Querying:
    """The engine of the store in force, which starts with the first query; whoever opens it closes it."""
    if workspace.is_embedded:
        from cli.shell.engines.engine import EmbeddedQuerying

        return EmbeddedQuerying(workspace.folder.root, on_note=workspace.listener.note)
    from cli.shell.engines.server import ServerQuerying

    return ServerQuerying(workspace.access, workspace.schema, workspace.settings.neo4j.plugins)
