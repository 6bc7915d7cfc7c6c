"""Reads and converts files and applies the rules to them, without a store (``graphvine data check``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType

from graph.batch import FileCount
from graph.ingest.batches import ConvertedBlock
from graph.ingest.convert_file import CheckedFile, convert_file
from graph.ingest.endpoints import EndpointCheck
from graph.ingest.load import OnStep, silent
from graph.ingest.mapping.file_mapping import type_name
from graph.ingest.rules.run import RuleRun
from graph.schema import Schema

OnBlock = Callable[[ConvertedBlock], None]


def ignore_block(_block: ConvertedBlock) -> None:
    """Do nothing with a converted block."""


def inspect_files(
    files: Sequence[CheckedFile],
    schema: Schema,
    *,
    as_of: int,
    rules: RuleRun | None = None,
    on_block: OnBlock = ignore_block,
    on_step: OnStep = silent,
) -> list[FileCount]:
    """Read and convert every file; ``created`` counts the records that an empty store would take.

    The ids at both ends of each edge are compared with the ids in the files before it, which gives ``unknown_ends``
    and ``lookalikes``.

    Args:
        files: The files, in the order in which they would be loaded; their headers were checked before.
        schema: The market schema.
        as_of: Events at or after this moment (UTC seconds) lie in the future.
        rules: Rules to apply; the caller asks them for their findings.
        on_block: Called with each converted block, which has its rejects and its changed cells.
        on_step: Called with the file's name and the number of its records so far.

    Raises:
        ConfigError: the mapping does not fit the schema.
        DataError: a file cannot be read.
    """
    endpoints, counts = EndpointCheck(), []
    for number, file in enumerate(files):
        count = FileCount(file.source.name, type_name(file.source), unmapped=file.unmapped)
        changes, skipped = Counter[tuple[str, str]](), Counter[str]()
        for converted in convert_file(file, schema, as_of=as_of):
            if rules is not None:
                rules.add(number, converted.block, decimal=file.resolved.dialect.decimal)
            on_block(converted)
            changes.update(converted.changes)
            skipped.update(converted.block.skipped)
            count = _plus(count, converted, endpoints)
            on_step(file.source.name, count.read)
        counts.append(replace(count, changes=MappingProxyType(dict(changes)), skipped=MappingProxyType(dict(skipped))))
    return [replace(count, lookalikes=endpoints.lookalikes(count.file)) for count in counts]


def _plus(count: FileCount, converted: ConvertedBlock, endpoints: EndpointCheck) -> FileCount:
    """The counts of a file with those of one more block."""
    return replace(
        count,
        read=count.read + converted.read,
        created=count.created + sum(len(batch.table) for batch in converted.batches),
        quarantined=count.quarantined + len(converted.rejects),
        unknown_ends=count.unknown_ends + sum(map(endpoints.missing, converted.batches)),
    )
