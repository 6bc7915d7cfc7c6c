"""Compares what a load did with the expected outcome of each planted record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.corpus.cases import Case, Planted
from tests.corpus.fault import SEPARATED, Format, Table, Value
from tests.corpus.market import COLUMNS

_MISSING = object()
_KEYS: Mapping[Table, str] = {"users": "user_id"}
_UNSTORED = frozenset({"order_id", "remark"})
"""Columns of the file that are no content of an edge: its own id, and what the mapping ignores."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A record in quarantine."""

    row: int
    reason: str
    column: str
    value: str
    raw: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What a load of a case did.

    Attributes:
        refusal: Message of the error that refused the file, or empty.
        balanced: Whether the count equation holds for every file.
        read, created, updated, repeated: Counts of the file that was hit; ``repeated`` are duplicates and unchanged.
        quarantined: Count of the file that was hit.
        changes: (Column, kind) to the number of cells, of the file that was hit.
        rejects: Its quarantine.
        content: What the store holds, by table: one mapping of column to value for each node or edge.
        crashed: Whether the error is none that says what is wrong with the file.
    """

    refusal: str
    balanced: bool = True
    read: int = 0
    created: int = 0
    updated: int = 0
    repeated: int = 0
    quarantined: int = 0
    changes: Mapping[tuple[str, str], int] | None = None
    rejects: Sequence[Refused] = ()
    content: Mapping[Table, Sequence[Mapping[str, Value]]] | None = None
    crashed: bool = False


@dataclass(frozen=True, slots=True)
class Miss:
    """A difference from an expected outcome; ``lost`` where a record is neither loaded nor in quarantine."""

    case: str
    fault: str
    row: int
    what: str
    lost: bool = False


def misses_of(case: Case, seen: Observed) -> list[Miss]:
    """All differences of a case from its expected outcomes."""
    if case.refused or seen.refusal:
        return list(_whole(case, seen))
    return [*_counts(case, seen), *_rejects(case, seen), *_contents(case, seen), *_changes(case, seen)]


def _whole(case: Case, seen: Observed) -> Iterator[Miss]:
    name = case.name.split()[0]
    if seen.crashed or not case.refused:
        yield Miss(case.name, name, 0, f"the file was refused: {seen.refusal}")
    elif not seen.refusal:
        yield Miss(case.name, name, 0, "the file was not refused")
    elif any((seen.content or {}).values()):
        yield Miss(case.name, name, 0, "the file was refused but something was committed")


def _counts(case: Case, seen: Observed) -> Iterator[Miss]:
    name = case.name.split()[0]
    truths = Counter(record.truth.outcome for record in case.records if record.row)
    if not seen.balanced:
        yield Miss(case.name, name, 0, "the count equation does not hold", lost=True)
    if seen.read != case.count:
        yield Miss(case.name, name, 0, f"read {seen.read} records, not {case.count}", lost=seen.read < case.count)
    if seen.quarantined != len(seen.rejects):
        yield Miss(case.name, name, 0, f"{seen.quarantined} counted, {len(seen.rejects)} in quarantine", lost=True)
    if len({item.row for item in seen.rejects}) != len(seen.rejects):
        yield Miss(case.name, name, 0, "a record is in quarantine twice")
    for what, found, wanted in (
        ("repeated", seen.repeated, truths["duplicate"]),
        ("updated", seen.updated, truths["updated"]),
    ):
        if found != wanted:
            yield Miss(case.name, name, 0, f"{found} {what}, not {wanted}")


def _rejects(case: Case, seen: Observed) -> Iterator[Miss]:
    found = {item.row: item for item in seen.rejects}
    for record in case.records:
        item = found.get(record.row)
        if record.truth.outcome != "rejected":
            if item is not None:
                yield Miss(case.name, record.fault or "clean", record.row, f"refused as {item.reason}: {item.value!r}")
        elif item is None:
            yield Miss(case.name, record.fault, record.row, f"not refused as {'|'.join(sorted(record.truth.details))}")
        elif item.reason not in record.truth.details:
            wanted = "|".join(sorted(record.truth.details))
            yield Miss(case.name, record.fault, record.row, f"refused as {item.reason}, not {wanted}")
        elif record.column and item.column not in ("", record.column):
            yield Miss(case.name, record.fault, record.row, f"column {item.column}, not {record.column}")
        elif not _holds(item.raw, record, case.fmt):
            yield Miss(case.name, record.fault, record.row, f"quarantine holds {item.raw[:80]!r}", lost=True)


def _holds(raw: str, record: Planted, fmt: Format) -> bool:
    """Whether the raw text of the quarantine is the record: the same characters beside quotes, escapes and spacing."""
    held, planted = _bare(raw), _bare(_shown(record.raw, fmt))
    if fmt in SEPARATED or held == planted:
        return held in (planted[: len(held)], _bare(record.cells)[: len(held)])
    # Of an object or a typed row the quarantine quotes the cells, with numbers and escapes in its own form.
    cells = record.cells.split()
    return record.truth.details == {"missing_value"} or 2 * sum(cell in raw for cell in cells) >= len(cells)


def _shown(raw: str, fmt: Format) -> str:
    r"""A record with the bytes that the file's encoding does not have as ``\xe5``."""
    codec = "gb18030" if fmt == "gb18030.csv.gz" else "utf-8"
    return raw.encode(codec, "surrogateescape").decode(codec, "backslashreplace")


def _bare(text: str) -> list[str]:
    """The ASCII letters and digits of the first 4,000 characters."""
    return [letter for letter in text[:4000] if letter.isascii() and letter.isalnum()]


def _contents(case: Case, seen: Observed) -> Iterator[Miss]:
    content = seen.content or {}
    for table, rows in case.clean.items():
        missing, extra = _difference(table, rows, content.get(table, ()))
        if missing or extra:
            yield Miss(case.name, "clean", 0, f"{table}: {len(missing)} rows lost, {len(extra)} made up", lost=True)
    refused = {item.row for item in seen.rejects}
    kept = [r for r in case.records if r.row and r.truth.outcome in ("loaded", "changed", "updated")]
    kept = _latest(case.table, [record for record in kept if record.row not in refused])
    missing, extra = _difference(case.table, [record.typed for record in kept], content.get(case.table, ()))
    stray = sum(r.truth.outcome == "rejected" and r.row not in refused for r in case.records)
    lost = len(missing) > len(extra) - stray
    for position in missing:
        record = kept[position]
        near = _nearest(record.typed, extra)
        yield Miss(case.name, record.fault or "clean", record.row, f"not in the store as planted: {near}", lost=lost)
    if len(extra) > len(missing) + stray:
        yield Miss(case.name, case.name.split()[0], 0, f"{len(extra)} rows in the store that no record has")


def _latest(table: Table, records: list[Planted]) -> list[Planted]:
    """Of nodes the last record of each id; of edges all."""
    if table not in _KEYS:
        return records
    return list({record.typed[_KEYS[table]]: record for record in records}.values())


def _difference(
    table: Table, wanted: Sequence[Mapping[str, Value]], found: Sequence[Mapping[str, Value]]
) -> tuple[list[int], list[Mapping[str, Value]]]:
    """Positions of wanted rows that are not there, and rows that nobody wanted."""
    names = [name for name in COLUMNS[table] if name not in _UNSTORED]
    places: defaultdict[tuple[Value, ...], list[int]] = defaultdict(list)
    for position, row in enumerate(wanted):
        places[_key(row, names)].append(position)
    extra = []
    for row in found:
        waiting = places.get(_key(row, names))
        if waiting:
            waiting.pop()
        else:
            extra.append(row)
    return sorted(position for waiting in places.values() for position in waiting), extra


def _key(row: Mapping[str, Value], names: Sequence[str]) -> tuple[Value, ...]:
    return tuple(value if not isinstance(value := row[name], list) else "\0".join(value) for name in names)


def _nearest(wanted: Mapping[str, Value], extra: Sequence[Mapping[str, Value]]) -> str:
    """How the row of the store with most equal values differs."""
    names = [name for name in wanted if name not in _UNSTORED]
    if not extra:
        return "no such row"
    near = max(extra[:2000], key=lambda row: sum(row.get(name, _MISSING) == wanted[name] for name in names))
    differing = [f"{n} {_short(near.get(n))} for {_short(wanted[n])}" for n in names if near.get(n) != wanted[n]]
    return ", ".join(differing)


def _short(value: Value) -> str:
    return repr(value)[:60]


def _changes(case: Case, seen: Observed) -> Iterator[Miss]:
    """At least as many changes of each column and kind as were planted in rows that were loaded."""
    wanted = Counter(
        (record.column, record.truth.details, record.fault)
        for record in case.records
        if record.truth.outcome == "changed"
    )
    if seen.changes is None:
        return
    totals: Counter[tuple[str, frozenset[str]]] = Counter()
    for (column, kinds, _), count in wanted.items():
        totals[column, kinds] += count
    for (column, kinds), count in totals.items():
        found = sum(seen.changes.get((column, kind), 0) for kind in kinds)
        faults = sorted({fault for c, k, fault in wanted if (c, k) == (column, kinds)})
        if found < count:
            what = f"{found} cells of {column} listed as {'|'.join(sorted(kinds))}, not {count}"
            yield Miss(case.name, "+".join(faults), 0, what)
