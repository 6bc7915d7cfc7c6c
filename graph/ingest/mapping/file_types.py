"""What the name of a file tells of its format."""

from __future__ import annotations

from pathlib import Path

from graph.ingest.mapping.file_mapping import Format

SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
PACKED = {".gz", ".zst"}


def data_suffix(path: Path) -> str:
    """The ending of a file's name in lower case, without .gz or .zst."""
    return (path.with_suffix("") if path.suffix.lower() in PACKED else path).suffix.lower()
