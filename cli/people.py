"""The one mask of people of a command, from its do-not-contact list, the workspace's consents and the snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.idlist import Answer, read_answers, read_entries
from cli.steps import file_digest
from graph.errors import ConfigError, DataError, PrerequisiteError
from graph.schema import PERSON
from graph.trust.lists import PeopleList, Purpose

if TYPE_CHECKING:
    from cli.session import Session
    from graph.ids import IdMap
    from graph.trust.mask import BoolArray, PeopleMask

# Examples in a note.
_SHOWN = 5


def list_file(session: Session) -> Path | None:
    """The do-not-contact list in force: the given one, else the one in the settings.

    Raises:
        DataError: the file does not exist.
    """
    given = session.given_exclude
    return _existing(given) if given is not None else _configured(session, session.settings.exclude)


def mask_inputs(session: Session) -> dict[str, str]:
    """What a mask is made from besides the snapshot: name to fingerprint.

    Raises:
        DataError: a file does not exist.
    """
    consent = session.settings.consent
    files = {"exclude": list_file(session), "consent": _configured(session, consent.file)}
    found = {name: file_digest(file) for name, file in files.items() if file is not None}
    if "exclude" in found or "consent" in found:
        found["exclude_unknown"] = session.unknown_ids
    return found | ({"consent_column": consent.column} if consent.column else {})


def read_mask(session: Session, people: IdMap) -> PeopleMask:
    """The mask of these people; what it could not be sure of is told in notes.

    Raises:
        DataError: a list or a file of consents cannot be used, or names somebody whom nobody knows.
        ConfigError: the column of consents is not in the schema.
    """
    from graph.trust.mask import make_mask, told

    lists, granted = [], []
    file = list_file(session)
    if file is not None:
        entries = read_entries(file)
        if not entries:
            raise DataError("it holds no id", file=str(file), hint="write one person id a line, or unset the list")
        lists.append(PeopleList(str(file), entries))
    consents = _configured(session, session.settings.consent.file)
    if consents is not None:
        refusals, given = _from_file(session, consents, people)
        lists += refusals
        granted.append(given)
    if session.settings.consent.column:
        granted.append(_from_column(session, session.settings.consent.column, people))
    both = {p: _everywhere([given[p] for given in granted]) for p in Purpose} if granted else None
    mask = make_mask(people, lists, granted=both, unknown=session.unknown_ids)
    totals = {one.source: len(one.entries) for one in lists}
    for source, doubts in mask.doubts.items():
        session.terminal.note(f"{source}: {told(doubts, totals[source])}")
    return mask


def _configured(session: Session, name: str) -> Path | None:
    return _existing(session.workspace.root / name) if name else None


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise DataError("no such file", file=str(file), hint="name the file where it is, or unset it")
    return file


def _everywhere(granted: list[BoolArray]) -> BoolArray:
    """Who has consented in every source."""
    import numpy as np

    result: BoolArray = np.logical_and.reduce(granted)
    return result


def _from_file(session: Session, file: Path, people: IdMap) -> tuple[list[PeopleList], Mapping[Purpose, BoolArray]]:
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
        session.terminal.note(f"{file}: {strangers:,} records grant something to an id that is not known")
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


def _from_column(session: Session, name: str, people: IdMap) -> Mapping[Purpose, BoolArray]:
    """Who has agreed to what by a column of the latest snapshot; nobody whom that does not know."""
    import numpy as np

    from graph.text import TextArray
    from graph.trust.consent import from_flags, from_texts

    spec = session.schema.node(PERSON).columns.get(name)
    if spec is None or spec.type not in ("text", "list", "boolean"):
        raise ConfigError(
            f"consent.column: the schema has no column {PERSON}.{name} of texts, lists or truth values",
            hint=f'declare it in schema.toml: [nodes.{PERSON}] columns = {{ {name} = "text" }}',
        )
    graph = session.graph()
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
            session.terminal.note(
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
