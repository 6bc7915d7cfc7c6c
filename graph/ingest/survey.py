"""A look at a data file: what its columns are called and what a sample of their values could be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from graph.errors import ConfigError
from graph.ingest.convert import convert, convert_column
from graph.ingest.dialect import dialect_of
from graph.ingest.formats import sample_of
from graph.ingest.grammar import Grammar
from graph.ingest.mapping import FileMapping, Source
from graph.ingest.vocabulary import ID_ENDINGS, KOL_WORDS, NODE_WORDS, TIME_WORDS
from graph.schema import Column, ColumnType

_SAMPLE = 5_000


@dataclass(frozen=True)
class Survey:
    """The sample of one file: each column's values in file order, without the empty ones, and its decimal mark."""

    name: str
    columns: dict[str, list[str]]
    rows: int
    decimal: str = "."

    @property
    def words(self) -> str:
        """The file's name in plain form, without its endings."""
        return plain(Path(self.name).name.split(".")[0])

    def unique(self, column: str) -> bool:
        """Whether every record of the sample has a value of its own in this column."""
        values = self.columns[column]
        return 0 < self.rows == len(values) == len(set(values))

    def fits(self, column: str, kind: ColumnType, unit: str = "text") -> bool:
        """Whether all values of the sample are of that type; a column without values fits nothing."""
        import pyarrow as pa

        values = self.columns[column]
        if not values:
            return False
        grammar = Grammar(zone="UTC", unit=unit, decimal=self.decimal)
        return not convert_column(pa.array(values, pa.large_string()), Column(kind), grammar).bad.any()

    def time_unit(self, column: str) -> Literal["s", "ms", "text"] | None:
        """The unit of a column of times, or None where it holds something else."""
        values = self.columns[column]
        if values and all(re.fullmatch(r"[0-9]{9,10}(\.[0-9]*)?", v) for v in values):
            return "s"
        if values and all(re.fullmatch(r"[0-9]{12,13}", v) for v in values):
            return "ms"
        return "text" if self.fits(column, "time") else None

    def needs_zone(self, column: str, unit: str) -> bool:
        """Whether it depends on a time zone on which day a value of the sample lies."""
        import pyarrow as pa

        try:
            convert(pa.array(self.columns[column], pa.large_string()), "date", unit=unit)
        except ConfigError:
            return True
        return False


def survey(directory: Path, name: str) -> Survey:
    """The sample of a file.

    Raises:
        DataError: the file cannot be read.
    """
    source = Source(directory / name, name, FileMapping(name))
    table = sample_of(source).slice(0, _SAMPLE)
    columns = {
        column: [value for value in (text.strip() for text in table[column].to_pylist()) if value]
        for column in table.column_names
    }
    return Survey(name, columns, len(table), dialect_of(source).decimal)


def plain(name: str) -> str:
    """A name in lower case without the signs that separate words."""
    return re.sub(r"[\s_\-./()（）]+", "", name.lower())


def node_type_of(column: str) -> str:
    """The node type that an id column of that name refers to, or empty."""
    name = plain(column)
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
    return has_word(plain(name), KOL_WORDS)


def is_time(column: str) -> bool:
    """Whether a column's name speaks of time."""
    parts = re.split(r"[\s_\-.]+", column.lower())
    return parts[-1] == "at" or any(
        word in parts or (not word.isascii() and word in column) or plain(column).endswith(word)
        for word in TIME_WORDS
        if len(word) > 2 or word in parts or not word.isascii()
    )


def has_word(name: str, words: Iterable[str]) -> bool:
    """Whether any of the words is part of a plain name."""
    return any(word in name for word in words)
