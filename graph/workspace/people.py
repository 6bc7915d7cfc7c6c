"""The mask of people of a workspace, from its do-not-contact list, its consents and the snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import ConfigError, DataError, PrerequisiteError
from graph.schema import PERSON
from graph.trust.lists import DoubtPolicy, PeopleList, Purpose
from graph.workspace.id_lists import Answer, read_answers, read_entries
from graph.workspace.identity import file_digest

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.ids import IdMap
    from graph.schema import Schema
    from graph.trust.mask import BoolArray, PeopleMask

# Examples in a note.
_SHOWN = 5


@dataclass(frozen=True)
class PeopleSources:
    """Where it stands who may be used for what.

    Attributes:
        exclude: The do-not-contact list, or None.
        consents: The table of consents, or None.
        column: The column of Person with consents; empty for none.
        unknown: What an id in doubt does: ``stop``, or ``ok`` to go on and leave out everybody whom it may stand for.
    """

    exclude: Path | None
    consents: Path | None
    column: str
    unknown: DoubtPolicy

    def fingerprints(self) -> dict[str, str]:
        """What a mask is made from besides the snapshot: name to fingerprint; empty where nothing is configured."""
        files = {"exclude": self.exclude, "consent": self.consents}
        found = {name: file_digest(file) for name, file in files.items() if file is not None}
        if found:
            found["exclude_unknown"] = self.unknown
        return found | ({"consent_column": self.column} if self.column else {})


def read_mask(
    sources: PeopleSources,
    people: IdMap,
    *,
    schema: Schema,
    graph: Callable[[], HeteroGraph],
    on_note: Callable[[str], None],
) -> PeopleMask:
    """The mask of these people; each doubt about a list or a consent is told in a note.

    Args:
        sources: The lists and consents.
        people: The people.
        schema: The schema, which has to know the column of consents.
        graph: Gives the snapshot whose column of consents is read.
        on_note: Takes each note.

    Raises:
        DataError: a list or a file of consents cannot be used, or names somebody who is not in the market.
        ConfigError: the column of consents is not in the schema.
    """
    from graph.trust.mask import make_mask, told

    lists, granted = [], []
    if sources.exclude is not None:
        entries = read_entries(sources.exclude)
        if not entries:
            raise DataError(
                "it holds no id", file=str(sources.exclude), hint="write one person id a line, or unset the list"
            )
        lists.append(PeopleList(str(sources.exclude), entries))
    if sources.consents is not None:
        refusals, given = _from_file(sources.consents, people, on_note)
        lists += refusals
        granted.append(given)
    if sources.column:
        _check_column(schema, sources.column)
        granted.append(_from_column(graph(), sources.column, people, on_note))
    both = {p: _everywhere([given[p] for given in granted]) for p in Purpose} if granted else None
    mask = make_mask(people, lists, granted=both, unknown=sources.unknown)
    totals = {one.source: len(one.entries) for one in lists}
    for source, doubts in mask.doubts.items():
        on_note(f"{source}: {told(doubts, totals[source])}")
    return mask


def _everywhere(granted: list[BoolArray]) -> BoolArray:
    """Who has consented in every source."""
    import numpy as np

    result: BoolArray = np.logical_and.reduce(granted)
    return result


def _from_file(
    file: Path, people: IdMap, on_note: Callable[[str], None]
) -> tuple[list[PeopleList], Mapping[Purpose, BoolArray]]:
    """The refusals of a file as lists, and who has agreed to what; a refusal wins, whatever else the file holds."""
    import numpy as np

    agreed = {purpose: np.zeros(len(people), np.bool_) for purpose in Purpose}
    refused: dict[Purpose, list[Any]] = {purpose: [] for purpose in Purpose}
    strangers = 0
    for answer in read_answers(file):
        purpose, granted = _meaning(answer, file)
        number = people.texts.find(answer.entry.text)
        if not granted:
            refused[purpose].append(answer.entry)
        elif number >= 0:
            agreed[purpose][number] = True
        else:
            strangers += 1
    if strangers:
        on_note(f"{file}: {strangers:,} records grant something to an id that is not known")
    lists = [PeopleList(f"{file}, {p.value}", found, (p,)) for p, found in refused.items() if found]
    return lists, agreed


def _meaning(answer: Answer, file: Path) -> tuple[Purpose, bool]:
    """Purpose and answer of a record.

    Raises:
        DataError: a word of it is not known.
    """
    from graph.trust.consent import answer_of, purpose_of

    purpose, granted = purpose_of(answer.purpose), answer_of(answer.granted)
    where = f"{file}: line {answer.entry.line}"
    if purpose is None:
        raise DataError(
            f"{where}: {answer.purpose!r} is no purpose that is known", hint=f"purposes: {', '.join(Purpose)}"
        )
    if granted is None:
        raise DataError(f"{where}: {answer.granted!r} says neither yes nor no", hint="write yes or no")
    return purpose, granted


def _check_column(schema: Schema, name: str) -> None:
    """Make sure that the schema has such a column of consents.

    Raises:
        ConfigError: it has none of that name, or of another type.
    """
    spec = schema.node(PERSON).columns.get(name)
    if spec is None or spec.type not in ("text", "list", "boolean"):
        raise ConfigError(
            f"consent.column: the schema has no column {PERSON}.{name} of texts, lists or truth values",
            hint=f'declare it in schema.toml: [nodes.{PERSON}] columns = {{ {name} = "text" }}',
        )


def _from_column(
    graph: HeteroGraph, name: str, people: IdMap, on_note: Callable[[str], None]
) -> Mapping[Purpose, BoolArray]:
    """Who has agreed to what by a column of the snapshot; people who are not in the snapshot have agreed to nothing."""
    import numpy as np

    from graph.text import TextArray
    from graph.trust.consent import from_flags, from_texts

    if not graph.count(PERSON):
        raise PrerequisiteError(f"the graph has no {PERSON} node", hint="load some: graphvine data load")
    column = graph.nodes[PERSON].columns.get(name)
    nobody = np.zeros(graph.count(PERSON), np.bool_)
    if column is None:
        granted: Mapping[Purpose, BoolArray] = dict.fromkeys(Purpose, nobody)
    elif isinstance(column, TextArray):
        found = from_texts(column)
        granted = found.granted
        if found.odd:
            often = sorted(found.odd.items(), key=lambda one: (-one[1], one[0]))[:_SHOWN]
            examples = ", ".join(f"{text!r} ({count:,})" for text, count in often)
            on_note(
                f"{PERSON}.{name}: {sum(found.odd.values()):,} people are granted nothing, as their text holds a word "
                f"that is not understood; {len(found.odd):,} different texts, most often {examples}"
            )
    else:
        granted = from_flags(column).granted
    known = graph.ids(PERSON)
    if known.checksum == people.checksum:
        return granted
    places = np.array([known.texts.find(person) for person in people.texts], np.int64)
    return {purpose: np.where(places >= 0, flags[places], False) for purpose, flags in granted.items()}
