"""Samples a data file: the names of its columns, and which types their first values fit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from graph.errors import ConfigError
from graph.ingest.csv.preamble import PreambleError, footer_of
from graph.ingest.decoding.decode import lines
from graph.ingest.formats import ResolvedSource, resolve, sample_of
from graph.ingest.mapping.file_mapping import MISSING_WORDS, FileMapping, Source
from graph.ingest.mapping.vocabulary import (
    EXCLUSION_WORDS,
    ID_ENDINGS,
    KOL_WORDS,
    NODE_WORDS,
    TIME_WORDS,
    is_placeholder,
)
from graph.ingest.values.convert import convert_column
from graph.ingest.values.value_format import ValueFormat
from graph.number_limits import ANY_NUMBER
from graph.schema import Column, ColumnType

_SAMPLE = 5_000
# Least share of values that must fit a type, and least share of records with an id of their own.
_MOST, _MOST_UNIQUE = 0.8, 0.95
_EPOCHS: dict[Literal["s", "ms"], str] = {"s": r"[0-9]{9,10}(\.[0-9]*)?", "ms": r"[0-9]{12,13}"}
_CALLED = {
    "text": "text", "integer": "whole number", "decimal": "number", "money": "amount", "boolean": "yes or no",
    "time": "time", "date": "date", "list": "list",
}  # fmt: skip
# Files larger than this (bytes) are not read to their end to look for a footer; and lines looked at.
_LARGE, _TAIL = 64 << 20, 40


@dataclass(frozen=True)
class Fit:
    """How the values of a column fit a type.

    Attributes:
        column: The column.
        type: The type.
        good: Number of values that are of that type.
        bad: Record number and text of each value that is not.
        empty: Record number and text of each placeholder such as ``--``, which is neither good nor bad.
    """

    column: str
    type: ColumnType
    good: int
    bad: tuple[tuple[int, str], ...]
    empty: tuple[tuple[int, str], ...]

    def strict(self) -> Fit:
        """The same with placeholders such as ``--`` counted as bad."""
        return replace(self, bad=tuple(sorted((*self.bad, *self.empty))), empty=())

    @property
    def most(self) -> bool:
        """Whether at least 80% of the values fit; False where there are none."""
        return self.good > 0 and self.good >= _MOST * (self.good + len(self.bad))

    @property
    def misfits(self) -> str:
        """How many values do not fit, and an example; empty where all do."""
        if not self.bad:
            return ""
        row, value = self.bad[0]
        what = f"{len(self.bad):,} of {self.good + len(self.bad):,} cells looked at"
        return f"{what} {'is' if len(self.bad) == 1 else 'are'} no {_CALLED[self.type]}, as {value[:40]!r} in row {row}"


@dataclass(frozen=True)
class FileSample:
    """The sample of one file.

    Attributes:
        name: The file's name.
        columns: Each column's values in file order, without the empty ones.
        numbers: The record number of each of these values, from 1.
        rows: Number of records in the sample.
        decimal: The decimal mark of the file.
        header_row: Number of the header's line where others stand above it, else 0.
        footer: The lines below the records that are none.
    """

    name: str
    columns: dict[str, list[str]]
    numbers: dict[str, list[int]]
    rows: int
    decimal: str = "."
    header_row: int = 0
    footer: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The file's name in plain form, without its endings."""
        return plain_name(Path(self.name).name.split(".")[0])

    def unique(self, column: str) -> bool:
        """Whether every record of the sample has a value of its own in this column."""
        values = self.columns[column]
        return 0 < self.rows == len(values) == len(set(values))

    def nearly_unique(self, column: str) -> bool:
        """Whether all but a few records of the sample have a value of their own in this column."""
        return self.rows > 0 and _MOST_UNIQUE * self.rows <= len(set(self.columns[column]))

    def fit(self, column: str, spec: Column, unit: str = "text") -> Fit:
        """How the values of the sample fit a type."""
        import pyarrow as pa

        values = self.columns[column]
        value_format = ValueFormat(zone="UTC", unit=unit, decimal=self.decimal, missing=MISSING_WORDS)
        found = convert_column(pa.array(values, pa.large_string()), replace(spec, limits=ANY_NUMBER), value_format)
        bad = [(self.numbers[column][at], values[at]) for at in np.flatnonzero(found.bad).tolist()]
        empty = tuple((row, value) for row, value in bad if is_placeholder(value))
        rest = tuple(pair for pair in bad if pair not in empty)
        return Fit(column, spec.type, len(found.values) - found.values.null_count, rest, empty)

    def fit_time(self, column: str, kind: ColumnType = "time") -> tuple[Literal["s", "ms", "text"], Fit]:
        """The unit that most values of a column of times or dates have, and how they fit it."""
        values = self.columns[column]
        for unit, pattern in _EPOCHS.items():
            if values and sum(map(bool, map(re.compile(pattern).fullmatch, values))) >= _MOST * len(values):
                return unit, self.fit(column, Column(kind), unit)
        return "text", self.fit(column, Column(kind))

    def needs_zone(self, column: str, unit: str) -> bool:
        """Whether a time zone is needed to say on which day some value of the sample lies."""
        import pyarrow as pa

        try:
            value_format = ValueFormat(unit=unit, decimal=self.decimal, missing=MISSING_WORDS)
            convert_column(pa.array(self.columns[column], pa.large_string()), Column("date"), value_format)
        except ConfigError:
            return True
        return False


def sample_file(directory: Path, name: str) -> FileSample:
    """The sample of a file, with what stands above and below its records left out.

    Raises:
        DataError: the file cannot be read.
    """
    source = Source(directory / name, name, FileMapping(name))
    try:
        resolved = resolve(source)
    except PreambleError as error:
        resolved = resolve(replace(source, mapping=FileMapping(name, header_row=error.line)))
    footer = _footer(resolved) if resolved.dialect.delimiter else []
    if footer:
        # The lines of the footer take no part in the guesses of delimiter and decimal mark.
        known = replace(resolved.source.mapping, footer_rows=len(footer), encoding=resolved.dialect.encoding)
        resolved = resolve(replace(source, mapping=known))
    table = sample_of(resolved).slice(0, _SAMPLE)
    columns, numbers = {}, {}
    for column in table.column_names:
        found = [(n, text) for n, cell in enumerate(table[column].to_pylist(), 1) if (text := cell.strip())]
        columns[column], numbers[column] = [text for _, text in found], [n for n, _ in found]
    return FileSample(
        name, columns, numbers, len(table), resolved.dialect.decimal, resolved.source.mapping.header_row, tuple(footer)
    )


def _footer(resolved: ResolvedSource) -> list[str]:
    """The lines below the records of a file, which is read to its end unless it is large."""
    source, dialect = resolved.source, resolved.dialect
    if source.file.stat().st_size > _LARGE:
        return []
    last: list[str] = []
    for block in lines(source.file, dialect.encoding):
        last = [*last, *block.text.decode("utf-8", "replace").split("\n")][-_TAIL:]
    above = source.mapping.header_row or 1
    return footer_of(last if len(last) == _TAIL else last[above:], dialect.delimiter)


def plain_name(name: str) -> str:
    """A name in lower case without the signs that separate words."""
    return re.sub(r"[\s_\-./()（）]+", "", name.lower())


def node_type_of(column: str) -> str:
    """The node type that an id column of that name refers to, or empty."""
    name = plain_name(column)
    best = ("", "")
    for node, words in NODE_WORDS.items():
        for word in words:
            # A plural without more is a number of people, as in "followers".
            fits = any(name in (word + e, e + word) or (e and name == f"{word}s{e}") for e in ID_ENDINGS)
            if fits and len(word) > len(best[0]):
                best = (word, node)
    return best[1]


def node_type_in(words: str) -> str:
    """The node type that a file name speaks of, or empty."""
    found = [(len(w), node) for node, all_words in NODE_WORDS.items() for w in all_words if len(w) > 2 and w in words]
    found += [(2, node) for node, all_words in NODE_WORDS.items() for w in all_words if not w.isascii() and w in words]
    return max(found)[1] if found else ""


def is_kol(name: str) -> bool:
    """Whether a name speaks of key opinion leaders."""
    return has_word(plain_name(name), KOL_WORDS)


def is_exclusion(file: str) -> bool:
    """Whether a file's name says that it lists people who must not be contacted.

    >>> is_exclusion("Do-Not-Contact 2024.csv"), is_exclusion("dnc.txt"), is_exclusion("brand_nc.csv")
    (True, True, False)
    """
    return has_word(plain_name(file), EXCLUSION_WORDS) or "dnc" in re.split(r"[\W_]+", file.lower())


def is_time(column: str) -> bool:
    """Whether a column's name speaks of time."""
    parts = re.split(r"[\s_\-.]+", column.lower())
    return parts[-1] == "at" or any(
        word in parts or (not word.isascii() and word in column) or plain_name(column).endswith(word)
        for word in TIME_WORDS
        if len(word) > 2 or word in parts or not word.isascii()
    )


def has_word(name: str, words: Iterable[str]) -> bool:
    """Whether any of the words is part of a plain name."""
    return any(word in name for word in words)
