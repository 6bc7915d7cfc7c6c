"""Applies one rule to the files of one entry, block by block, and finishes it after the last block."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.rules.cells import Cells
from graph.ingest.rules.offenders import OffendingRecords
from graph.ingest.rules.record_checks import CellCheck
from graph.ingest.rules.rule import Freshness, Monotone, Rule, Volume
from graph.schema import Column
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa


TIME = Column("time")


class RuleCheck:
    """A rule being applied to the files of one entry.

    Args:
        rule: The rule.
        number: Its number among all rules of the run.
        offenders: Where failing records are stored.

    Attributes:
        checked: Source number to the number of records checked.
    """

    def __init__(self, rule: Rule, number: int, offenders: OffendingRecords) -> None:
        self.rule, self.number, self.offenders = rule, number, offenders
        self.checked: Counter[int] = Counter()

    def add(self, cells: Cells) -> None:
        """Check a block."""
        raise NotImplementedError

    def finish(self, sources: Sequence[int]) -> None:
        """Do what is left after the last block; ``sources`` are the numbers of the entry's files."""

    def fail(self, cells: Cells, where: Int64, column: str) -> None:
        """Store the failing records at these positions of a block."""
        import pyarrow as pa

        if len(where):
            values = cells.raw(column).take(pa.array(where))
            self.offenders.fail(
                self.number, cells.source, column=column, rows=pa.array(cells.block.rows[where]), values=values
            )


class RecordCheck(RuleCheck):
    """A rule on single records."""

    def __init__(self, rule: Rule, number: int, offenders: OffendingRecords, *, check_cells: CellCheck) -> None:
        super().__init__(rule, number, offenders)
        self._check_cells = check_cells

    def add(self, cells: Cells) -> None:
        """Check a block."""
        fits = self._check_cells(cells)
        looked_at = len(fits) - fits.null_count
        self.checked[cells.source] += looked_at
        if fits.true_count < looked_at:
            wrong = np.flatnonzero(~fits.fill_null(True).to_numpy(zero_copy_only=False))
            self.fail(cells, wrong, self.rule.columns[0])


class VolumeCheck(RuleCheck):
    """Counts the records of each file, including refused ones."""

    rule: Volume

    def __init__(self, rule: Volume, number: int, offenders: OffendingRecords, *, earlier: Mapping[int, int]) -> None:
        super().__init__(rule, number, offenders)
        self._earlier = earlier

    def add(self, cells: Cells) -> None:
        """Count a block."""
        self.checked[cells.source] += cells.block.read

    def finish(self, sources: Sequence[int]) -> None:
        """Compare."""
        import pyarrow as pa

        for source in sources:
            told = self._fault(self.checked[source], self._earlier.get(source))
            if told:
                self.offenders.fail(
                    self.number, source, column="", rows=pa.array([None], pa.int64()), values=pa.array([told])
                )

    def _fault(self, count: int, before: int | None) -> str:
        rule = self.rule
        if rule.at_least is not None and count < rule.at_least:
            return f"{count:,} records, at least {rule.at_least:,} expected"
        if rule.at_most is not None and count > rule.at_most:
            return f"{count:,} records, at most {rule.at_most:,} expected"
        # There is nothing to compare with in a first load or after an empty file.
        if rule.change is not None and before and abs(count - before) > rule.change * before:
            return f"{count:,} records, {before:,} in the last load"
        return ""


class FreshnessCheck(RuleCheck):
    """Finds the last event before the moment of the check, over all files of the entry."""

    rule: Freshness

    def __init__(self, rule: Freshness, number: int, offenders: OffendingRecords, *, as_of: int) -> None:
        super().__init__(rule, number, offenders)
        self._as_of = as_of
        self._last: int | None = None
        self._place: tuple[int, int] | None = None

    def add(self, cells: Cells) -> None:
        """Check a block."""
        import pyarrow as pa

        column = self.rule.columns[0]
        times = cells.values(column, TIME)
        self.checked[cells.source] += len(times) - times.null_count
        seconds = np.asarray(times.cast(pa.int64()).fill_null(self._as_of))
        past = np.where(seconds < self._as_of, seconds, np.iinfo(np.int64).min)
        at = int(past.argmax()) if len(past) else 0
        if len(past) and seconds[at] < self._as_of and (self._last is None or seconds[at] > self._last):
            self._last, self._place = int(seconds[at]), (cells.source, int(cells.block.rows[at]))

    def finish(self, sources: Sequence[int]) -> None:
        """Compare."""
        import pyarrow as pa

        # There is one finding for all files of the entry; it names the file with the last event.
        source, row = self._place or (sources[0], None)
        self.checked = Counter({source: self.checked.total()})
        if self._last is None or self._as_of - self._last > self.rule.within:
            told = "no event" if self._last is None else f"last event {_moment(self._last)}"
            column = self.rule.columns[0]
            self.offenders.fail(
                self.number, source, column=column, rows=pa.array([row], pa.int64()), values=pa.array([told])
            )


def _moment(seconds: int) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M:%S}Z"


class PreviousValues:
    """Compares each value with the one before it, across the blocks of each file."""

    def __init__(self) -> None:
        self._last: dict[int, pa.Array] = {}

    def goes_back(self, source: int, values: pa.Array) -> pa.Array:
        """Where a value is below the one before it; ``values`` has no nulls and is not empty."""
        import pyarrow as pa
        import pyarrow.compute as pc

        before = pa.concat_arrays([self._last.get(source, values[:1]), values[:-1]])
        self._last[source] = values[-1:]
        return pc.less(values, before)


class MonotoneCheck(RuleCheck):
    """Compares each value with the one before it in the same file."""

    rule: Monotone

    def __init__(self, rule: Monotone, number: int, offenders: OffendingRecords, *, spec: Column) -> None:
        super().__init__(rule, number, offenders)
        self._spec = spec
        self._order = PreviousValues()

    def add(self, cells: Cells) -> None:
        """Check a block."""
        values = cells.values(self.rule.columns[0], self._spec)
        given = np.flatnonzero(values.is_valid())
        self.checked[cells.source] += len(given)
        if len(given):
            back = self._order.goes_back(cells.source, values.drop_null())
            if back.true_count:
                self.fail(cells, given[np.flatnonzero(back)], self.rule.columns[0])
