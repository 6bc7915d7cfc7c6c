"""Warnings about files of ratings whose mapping names no column of ratings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graph.ingest.mapping.file_mapping import Source
from graph.schema import Schema


def missing_ratings(sources: Sequence[Source], schema: Schema) -> Iterator[str]:
    """A sentence for each file and relation of role ``rate`` that is read without a rating, so as a like."""
    for source in sources:
        mapping = source.mapping
        if mapping.node or mapping.weight:
            continue
        for key in mapping.edge_types:
            if schema.edge(key).role == "rate":
                yield (
                    f"{source.name}: {key} is read without its rating, so each review counts as a like;"
                    " name the column of ratings as weight in the mapping"
                )
