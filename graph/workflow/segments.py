"""Find segments and keep them; read them back without the people who must not be profiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import PrerequisiteError
from graph.notebook import html_table
from graph.trust.lists import Purpose
from graph.workspace.identity import result_id

if TYPE_CHECKING:
    import pandas as pd

    from graph.hetero import HeteroGraph
    from graph.segment.card_values import Cards
    from graph.segment.segmentation import Segmentation
    from graph.trust.mask import PeopleMask
    from graph.workspace.workspace import Workspace

KIND = "segments"
MEMBER_COLUMNS = ("person", "segment", "certainty", "second", "second_share", "contact")
_COMMAND = "graphvine segment detect"


@dataclass(frozen=True)
class Segments:
    """Segments as they may be shown.

    Attributes:
        segmentation: Who belongs where; it numbers everybody, so nothing of it is shown as it is.
        cards: What is told about each segment, without the people who must not be profiled.
        mask: Who may be used for what.
    """

    segmentation: Segmentation
    cards: Cards
    mask: PeopleMask

    def __len__(self) -> int:
        return len(self.segmentation)

    def members(self) -> Iterator[dict[str, Any]]:
        """One dict for each person who may be profiled, with the keys ``MEMBER_COLUMNS``.

        ``segment`` is None where there is too little data; ``contact`` says whether marketing may use the person too.
        """
        silent = self.mask.ids(Purpose.MARKETING)
        for row in self.mask.keep(self.segmentation.rows(), "person", Purpose.PROFILING):
            yield {**row, "contact": row["person"] not in silent}

    def to_frame(self) -> pd.DataFrame:
        """The members as a frame; ``cards.to_frame()`` has a row for each segment."""
        import pandas as pd

        frame = pd.DataFrame(list(self.members()), columns=list(MEMBER_COLUMNS))
        return frame.astype({"person": "str", "segment": "str"})

    def __repr__(self) -> str:
        names = ", ".join(f"{card.id} {card.name} ({card.size:,})" for card in list(self.cards)[:3])
        more = f", and {len(self) - 3} more" if len(self) > 3 else ""
        return f"<Segments: {names}{more}>" if len(self) else f"<Segments: none; {self.segmentation.reason}>"

    def _repr_html_(self) -> str:
        columns = ("segment", "name", "people", "share", "confidence", "known_for")
        return html_table(self.segmentation.reason, columns, ([row[c] for c in columns] for row in self.cards.rows()))


def find_segments(workspace: Workspace, *, resolution: float | None = None, again: bool = True) -> Path:
    """Detect segments in the latest snapshot, keep them under their result id, and make them the latest.

    Args:
        workspace: The workspace.
        resolution: More gives smaller segments; None for the setting, else chosen from the data.
        again: Whether to detect them anew where this very result is kept already.

    Returns:
        The folder of the result.
    """
    from graph.segment import SegmentConfig
    from graph.segment.detect import detect
    from graph.segment.make_cards import make_cards
    from graph.segment.segmentation_io import write_segmentation

    graph = workspace.graph()
    # A list that cannot be relied on must stop the command before it keeps anything.
    workspace.mask(graph.ids("Person"))
    wanted = workspace.settings.segment.resolution if resolution is None else resolution
    config = SegmentConfig() if wanted is None else replace(SegmentConfig(), resolutions=(wanted,))
    name = result_id("segment detect", {"resolution": wanted}, {"snapshot": graph.fingerprint}, workspace.seed)
    folder = workspace.folder.results(KIND) / name
    if again or not folder.is_dir():
        found = detect(graph, config=config, on_step=workspace.listener.detail, seed=workspace.seed)
        write_segmentation(found, make_cards(graph, found), folder)
    workspace.folder.publish(KIND, name)
    return folder


def read_segments(workspace: Workspace, folder: Path) -> Segments:
    """Segments that were kept, as they may be shown today."""
    from graph.segment.segmentation_io import read_segmentation

    segmentation, cards = read_segmentation(folder)
    mask = workspace.mask(segmentation.people)
    return Segments(segmentation, cards.without(mask.ids(Purpose.PROFILING)), mask)


def latest_segments(workspace: Workspace) -> Segments:
    """The latest segments.

    Raises:
        PrerequisiteError: none have been found yet.
    """
    return read_segments(workspace, workspace.folder.latest(KIND, command=_COMMAND))


def segments_of(workspace: Workspace, graph: HeteroGraph) -> Segments:
    """The latest segments, which must be of this very graph, since numbers of people change with it.

    Raises:
        PrerequisiteError: there are none, or they belong to another snapshot.
    """
    segments = latest_segments(workspace)
    if segments.segmentation.fingerprint != graph.fingerprint:
        raise PrerequisiteError("the segments belong to an older snapshot", hint=_COMMAND)
    return segments


def segments_or_none(workspace: Workspace, graph: HeteroGraph) -> Segments | None:
    """The latest segments, or None where there are none of this very graph; a note says which."""
    try:
        segments = latest_segments(workspace)
    except PrerequisiteError:
        return None
    if segments.segmentation.fingerprint != graph.fingerprint:
        workspace.listener.note(f"the segments belong to an older snapshot, so none are shown; {_COMMAND}")
        return None
    return segments
