"""The findings of rules: one for each rule and file, with the records that break the rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graph.errors import DataError
from graph.ingest.rules.offenders import OffendingRecords
from graph.ingest.rules.rule import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has found in a file.

    Attributes:
        rule: Name of the rule.
        severity: ``warn`` or ``stop``.
        file: File name relative to the mapping file.
        checked: Records that the rule was applied to; most rules leave records with an empty cell out.
        failed: Records that break the rule; 1 where the file as a whole does.
        share: ``failed / checked``; None where no record was checked or the rule is about the file as a whole.
        broken: Whether more records fail than the rule allows.
        row: 1-based number of the first record that fails, or None.
        column: Column or columns of the rule; empty where it is about the file as a whole.
        example: The value in the first record that fails, or what is wrong with the file.
    """

    rule: str
    severity: Severity
    file: str
    checked: int
    failed: int
    share: float | None
    broken: bool
    row: int | None
    column: str
    example: str

    @property
    def sentence(self) -> str:
        """The finding in words."""
        place = f"row {self.row}: " if self.row is not None else ""
        example = self.example.strip() or "empty"
        if self.failed == 1:
            return f"{self.file}: {self.rule}: {place}{example}"
        return f"{self.file}: {self.rule}: {self.failed:,} of {self.checked:,} records, first {place}{example}"


@dataclass(frozen=True, slots=True)
class Offence:
    """A record that breaks a rule; ``row`` is None where the file as a whole does."""

    rule: str
    severity: Severity
    file: str
    row: int | None
    column: str
    value: str


@dataclass(frozen=True, eq=False)
class Findings:
    """All findings, in the order of entries, rules and files.

    The failing records stay in a scratch database until ``close``; as a context manager it closes itself.
    """

    items: tuple[Finding, ...]
    _keys: tuple[tuple[int, int], ...]
    _offenders: OffendingRecords

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The findings of broken rules."""
        return tuple(item for item in self.items if item.broken)

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """The findings that keep a load from being committed."""
        return tuple(item for item in self.broken if item.severity == "stop")

    def offences(self, rule: str | None = None) -> Iterator[Offence]:
        """Every offending record of the rules of that name, or of all rules, by file and row, one at a time."""
        for item, key in zip(self.items, self._keys, strict=True):
            if rule in (None, item.rule):
                for row, column, value in self._offenders.failures(*key):
                    yield Offence(item.rule, item.severity, item.file, row, column, value)

    def require(self) -> None:
        """Go on only where no rule of severity ``stop`` is broken.

        Raises:
            DataError: one is.
        """
        stopping = self.stopping
        if stopping:
            more = f"; {len(stopping) - 1} more such findings" if len(stopping) > 1 else ""
            raise DataError(
                f"a rule stops the load, so nothing is loaded: {stopping[0].sentence}{more}",
                hint=f'see the records: graphvine data check --rows "{stopping[0].rule}"',
            )

    def close(self) -> None:
        """Delete the scratch database with the failing records."""
        self._offenders.close()

    def __enter__(self) -> Findings:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
