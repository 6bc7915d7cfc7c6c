"""The front door for notebooks: ``import graphvine as gv``.

::

    import graphvine as gv
    market = gv.read("demo")                    # the latest snapshot of a workspace, or a snapshot folder
    market.attributes("Person")                 # a DataFrame
    market.until(1767225600)                    # as it was known then

Everything is imported on first use, so that a notebook that only reads does not wait for torch.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph

__all__ = ["read"]


def _refuse_strangers() -> None:
    """Our packages have plain names; another package of the same name on the path must not be taken for ours."""
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


def read(path: str | Path) -> HeteroGraph:
    """The latest snapshot of a workspace, or the snapshot in a folder.

    Raises:
        PrerequisiteError: there is none.
    """
    from cli.workspace import Workspace
    from graph.hetero import HeteroGraph

    folder = Path(path)
    if not (folder / "graph.json").exists():
        folder = Workspace(folder).latest("snapshots", command="graphvine build")
    return HeteroGraph.read(folder)
