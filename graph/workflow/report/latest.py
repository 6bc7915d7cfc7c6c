"""The latest results of a workspace, as far as they may be shown beside its latest snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from graph.trust.lists import Purpose

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.workspace.workspace import Workspace


class _Kept(Protocol):
    """A result for marketing that was kept, with what it was made from."""

    @property
    def inputs(self) -> Mapping[str, str]:
        """Name to fingerprint of each input."""


Kept = TypeVar("Kept", bound=_Kept)


class LatestResults:
    """The latest results that were made from one snapshot.

    A result for marketing also has to be made without the people who are left out today.

    Attributes:
        unprofiled: Ids of the people whose segment must not be shown today, whatever a result holds.
        shown: Kind of result to its name.
        stale: Kind of result to a sentence, where the latest one belongs to another snapshot or leaves others out.
    """

    def __init__(self, workspace: Workspace, graph: HeteroGraph) -> None:
        self.workspace, self._snapshot = workspace, graph.fingerprint
        mask = workspace.mask(graph.ids("Person"))
        self._left_out = mask.left_out
        self.unprofiled = mask.ids(Purpose.PROFILING)
        self.shown: dict[str, str] = {}
        self.stale: dict[str, str] = {}

    def folder(self, kind: str) -> Path | None:
        """The folder of the latest result, whatever snapshot it was made from; None where there is none."""
        return self.workspace.folder.latest_or_none(kind)

    def accept(self, kind: str, folder: Path, snapshot: str) -> bool:
        """Whether a result that was made from this snapshot may be shown; keeps the answer."""
        if snapshot == self._snapshot:
            self.shown[kind] = folder.name
            return True
        self.stale[kind] = "the latest result belongs to another snapshot; graphvine build makes it anew"
        return False

    def read(self, kind: str, reader: Callable[[Path], Kept]) -> Kept | None:
        """The latest result for marketing of a kind, or None where there is none that may be shown."""
        folder = self.folder(kind)
        if folder is None:
            return None
        found = reader(folder)
        if self._left_out and found.inputs.get("left_out") != self._left_out["left_out"]:
            self.stale[kind] = "it was made when other people were left out; graphvine build makes it anew"
            return None
        return found if self.accept(kind, folder, found.inputs["snapshot"]) else None
