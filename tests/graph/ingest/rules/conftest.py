"""A folder of files with entries that have rules, and what these find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.ingest.csv.records import RecordBlock
from graph.ingest.formats import header_of, read_blocks, resolve
from graph.ingest.mapping.file_mapping import FileMapping
from graph.ingest.rules.declare import rules_of
from graph.ingest.rules.findings import Findings
from graph.ingest.rules.run import RuleRun, check_rule_columns
from graph.ingest.sources import find_sources
from graph.schema import MARKET, EdgeKey, Schema

NOW = 1_800_000_000


class Bench:
    """Writes files, reads them in blocks of ``rows`` records, and shows them to the rules."""

    def __init__(self, folder: Path, *, rows: int = 1 << 20) -> None:
        self.folder, self.rows, self.runs = folder, rows, list[RuleRun]()

    def orders(self, path: str, *rules: Mapping[str, Any], **options: Any) -> FileMapping:
        """An entry of orders: user, item, ts, amount."""
        given: dict[str, Any] = {
            "source": "user",
            "target": "item",
            "time": "ts",
            "weight": "amount",
            "time_zone": "Asia/Shanghai",
        }
        given |= {"edge": EdgeKey("Person", "BOUGHT", "Product"), **options}
        return FileMapping(path, rules=rules_of(rules, "orders", schema=MARKET, time=given["time"]), **given)

    def people(self, path: str, *rules: Mapping[str, Any], **options: Any) -> FileMapping:
        """An entry of people: uid and what else is given."""
        return FileMapping(path, node="Person", id="uid", rules=rules_of(rules, "people", schema=MARKET), **options)

    def check_cells(
        self,
        files: Mapping[str, str | bytes],
        *entries: FileMapping,
        earlier: Mapping[str, int] | None = None,
        stored: Callable[[str], pa.Array | None] | None = None,
        as_of: int = NOW,
        schema: Schema = MARKET,
    ) -> Findings:
        """What the rules of the entries find in the files."""
        for name, text in files.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        sources = find_sources(self.folder, entries)
        run = RuleRun(sources, schema, as_of=as_of, earlier=earlier, stored=stored)
        self.runs.append(run)
        for number, source in enumerate(sources):
            resolved = resolve(source)
            check_rule_columns(source, header_of(resolved))
            for block in read_blocks(resolved):
                for part in self._cut(block):
                    run.add(number, part, decimal=resolved.dialect.decimal)
        return run.finish()

    def _cut(self, block: RecordBlock) -> Iterator[RecordBlock]:
        for i in range(0, max(len(block.rows), 1), self.rows):
            rows = block.rows[i : i + self.rows]
            rejects = block.rejects if i == 0 else ()
            yield RecordBlock(block.table.slice(i, self.rows), rows, rejects, len(rows) + len(rejects))

    @staticmethod
    def verdicts(findings: Findings) -> list[tuple[str, int, int, bool]]:
        """Rule, checked, failed, broken."""
        return [(f.rule, f.checked, f.failed, f.broken) for f in findings.items]

    @staticmethod
    def rows_of(findings: Findings, rule: str | None = None) -> list[tuple[int | None, str]]:
        """Row and value of the offending records."""
        return [(o.row, o.value) for o in findings.offences(rule)]


@pytest.fixture(params=[1 << 20, 2], ids=["one block", "blocks of two"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A bench; every test of it runs with whole files and with files in small blocks."""
    made = Bench(tmp_path, rows=request.param)
    yield made
    for run in made.runs:
        run.close()
