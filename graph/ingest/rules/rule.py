"""The quality rules: one frozen class for each kind of check."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

Severity = Literal["warn", "stop"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many records may fail before a rule is broken: a number, or a share of the checked records."""

    rows: int = 0
    share: Fraction = Fraction(0)

    def covers(self, failed: int, checked: int) -> bool:
        """Whether that many failing records are allowed; computed exactly, so 5 of 100 are within 5%."""
        return failed <= self.rows or failed <= self.share * checked


NOTHING = Allowance()


@dataclass(frozen=True, slots=True)
class Bound:
    """An end of a range as it was written; its type is that of the column.

    Attributes:
        text: The number, or the date, or the date and time.
        is_number: Whether it was written as a number.
        is_day: Whether it is a date alone, which as the upper end stands for the whole day.
    """

    text: str
    is_number: bool = False
    is_day: bool = False


@dataclass(frozen=True)
class Rule:
    """The base of all rules.

    Attributes:
        name: What findings call it; unique among the rules of one entry.
        severity: ``warn`` only reports; ``stop`` makes ``data check`` fail and keeps a load from being committed.
        columns: Columns of the file that it checks.
        allowed: How many records may fail.
    """

    check: ClassVar[str] = ""
    name: str
    severity: Severity = "warn"
    columns: tuple[str, ...] = ()
    allowed: Allowance = NOTHING

    def reads(self) -> tuple[str, ...]:
        """Every column that the file must have for this rule."""
        return self.columns


@dataclass(frozen=True)
class Unique(Rule):
    """No two records of the entry's files have the same values; one with an empty cell is not checked."""

    check = "unique"


@dataclass(frozen=True)
class NotNull(Rule):
    """The cell is not empty."""

    check = "not_null"


@dataclass(frozen=True)
class Range(Rule):
    """The value lies between two ends, both included; empty cells are not checked."""

    check = "range"
    least: Bound | None = None
    most: Bound | None = None


@dataclass(frozen=True)
class Pattern(Rule):
    """The whole text fits a regular expression in RE2 syntax; empty cells are not checked."""

    check = "pattern"
    pattern: str = ""


@dataclass(frozen=True)
class Accepted(Rule):
    """The value is one of a few; empty cells are not checked."""

    check = "accepted"
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference(Rule):
    """The id stands in a node file of the mapping or in the market as loaded; empty cells are not checked."""

    check = "reference"
    node: str = ""


@dataclass(frozen=True)
class Freshness(Rule):
    """The last event of the entry's files is at most ``within`` seconds older than the moment of the check."""

    check = "freshness"
    within: int = 0


@dataclass(frozen=True)
class Volume(Rule):
    """The file has about as many records as expected.

    Attributes:
        at_least: Fewest records, or None.
        at_most: Most records, or None.
        change: Largest difference to the last load of this file, as a share of that; None where it does not matter.
    """

    check = "volume"
    at_least: int | None = None
    at_most: int | None = None
    change: Fraction | None = None


@dataclass(frozen=True)
class Monotone(Rule):
    """Values never decrease from one record of a file to the next, or to the next one with the same ``by`` values."""

    check = "monotone"
    by: tuple[str, ...] = ()

    def reads(self) -> tuple[str, ...]:
        """The column and those of the group."""
        return (*self.columns, *self.by)
