"""Writes and reads a segmentation and its cards as a folder of .npy files and one JSON file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from graph.atomic_io import atomic_folder, write_json
from graph.errors import DataError, PrerequisiteError
from graph.ids import IdMap
from graph.segment.card_values import Card, Cards
from graph.segment.segmentation import Quality, Segmentation, frozen
from graph.text import TextArray

FORMAT = 1
_FILE = "segmentation.json"
_ARRAYS = ("labels", "certainty", "membership", "confidence")


def write_segmentation(segmentation: Segmentation, cards: Cards, directory: Path) -> Path:
    """Write both as a folder, atomically; an existing folder is replaced.

    Equal values give equal bytes.

    Returns:
        The folder.
    """
    with atomic_folder(directory) as draft:
        for name in _ARRAYS:
            np.save(draft / f"{name}.npy", np.ascontiguousarray(getattr(segmentation, name)), allow_pickle=False)
        texts = segmentation.people.texts
        np.save(draft / "people.offsets.npy", texts.offsets, allow_pickle=False)
        np.save(draft / "people.utf8.npy", texts.data, allow_pickle=False)
        write_json(draft / _FILE, {"format": FORMAT, **segmentation.as_dict(), "cards": cards.as_dict()})
    return directory


def read_segmentation(directory: Path) -> tuple[Segmentation, Cards]:
    """Read a folder that ``write_segmentation`` made; arrays are memory-mapped and read-only.

    Raises:
        PrerequisiteError: there is no such folder.
        DataError: the folder is not a segmentation of a format that this version reads.
    """
    if not (directory / _FILE).exists():
        raise PrerequisiteError(f"no segments at {directory}", hint="find some: graphvine segment detect")
    try:
        document = json.loads((directory / _FILE).read_text("utf-8"))
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']}, this version reads {FORMAT}")
        return _assemble(directory, document), Cards(tuple(_cards(document)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{directory} is not a readable segmentation: {error}", hint="make it anew: graphvine segment detect"
        ) from None


def _cards(document: dict[str, Any]) -> list[Card]:
    # Keys of the JSON file are sorted as text, so S10 comes before S2.
    cards = [Card.of(values) for values in document["cards"].values()]
    return sorted(cards, key=lambda card: int(card.id[1:]))


def _assemble(directory: Path, document: dict[str, Any]) -> Segmentation:
    def load(name: str) -> np.ndarray[Any, Any]:
        # An empty array cannot be mapped.
        path = directory / f"{name}.npy"
        try:
            return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
        except ValueError:
            return np.load(path, allow_pickle=False)  # type: ignore[no-any-return]

    people = IdMap("Person", TextArray(load("people.offsets"), load("people.utf8")))
    quality: dict[str, Any] = {k: float("nan") if v is None else v for k, v in document["quality"].items()}
    return Segmentation(
        people=people,
        labels=load("labels"),
        certainty=load("certainty"),
        membership=load("membership"),
        confidence=load("confidence"),
        reliable=document["reliable"],
        reason=document["reason"],
        quality=Quality(**quality),
        parameters=frozen(document["parameters"]),
        seed=document["seed"],
        fingerprint=document["fingerprint"],
    )
