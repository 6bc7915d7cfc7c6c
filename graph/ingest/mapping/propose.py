"""Proposes a mapping file from the headers and a sample of each file in a folder, for the user to correct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from graph.errors import DataError
from graph.ingest.formats import data_ending, is_data_ending
from graph.ingest.mapping.proposed_edges import edge_entry, find_endpoints
from graph.ingest.mapping.proposed_entry import Entry, toml_of
from graph.ingest.mapping.proposed_nodes import lists_nodes, node_entry, node_key, people_entry
from graph.ingest.mapping.sampling import FileSample, is_exclusion, sample_file
from graph.ingest.spreadsheets import SAVE_AS_CSV, is_spreadsheet
from graph.schema import Schema

_EXCLUSION = (
    "its name says that it lists people who must not be contacted, so it must not make them known; "
    "name it as `exclude` in graphvine.toml"
)
_NO_IDS = "no two columns of it look like ids, and no one is an id of its own"


@dataclass(frozen=True)
class Proposal:
    """A proposed mapping.

    Attributes:
        text: The mapping file, as TOML.
        left_out: Name of each file that is not mapped, and why; the text names them too.
        exclusions: Those of them that list people who must not be contacted, by their names.
    """

    text: str
    left_out: Mapping[str, str]
    exclusions: tuple[str, ...] = ()


def propose(directory: Path, schema: Schema) -> Proposal:
    """A commented mapping file for the data files in a folder.

    Guesses are marked by a comment that begins with "check:". Files that are left out are named in a comment too.

    Raises:
        DataError: no file of the folder can be mapped.
    """
    samples, left_out = _samples(directory)
    keys = {
        s.name: found
        for s in samples
        if (found := node_key(s)) and (lists_nodes(s, found, schema) or not find_endpoints(s, {}))
    }
    entries = _entries(samples, keys, schema, left_out)
    if not entries:
        raise DataError(
            "no file has columns that look like ids of people, products or vehicles",
            file=str(directory),
            hint="name the id columns user_id, product_id or vehicle_id, or write mapping.toml by hand",
        )
    left_out = dict(sorted(left_out.items()))
    parts = [_preamble(entries), *(e.text() for e in sorted(entries, key=_nodes_first))]
    text = "\n".join([*parts, *(_unmapped(*pair) for pair in left_out.items())])
    exclusions = tuple(name for name, why in left_out.items() if why == _EXCLUSION)
    return Proposal(text, MappingProxyType(left_out), exclusions)


def _entries(
    samples: Sequence[FileSample], keys: Mapping[str, tuple[str, str]], schema: Schema, left_out: dict[str, str]
) -> list[Entry]:
    """The entries of all files that fit; adds the others to ``left_out``.

    Args:
        samples: The samples of the files.
        keys: Id column and node type of each file of nodes, by its name.
        schema: The market schema.
        left_out: Name of each file that is not mapped, and why.
    """
    known = {
        (node, s.name): set(s.columns[column]) for s in samples if s.name in keys for column, node in [keys[s.name]]
    }
    entries: list[Entry] = []
    for s in samples:
        ends = None if s.name in keys else find_endpoints(s, known)
        if s.name in keys:
            entries.append(node_entry(s, *keys[s.name], schema))
        elif ends:
            typed = {node for node, _ in known}
            listed = {end for end in ("source", "target") if getattr(ends, f"{end}_type") in typed}
            if "Person" not in typed and ends.target_type != "Person":
                entries.append(people_entry(s, ends.source))
                listed.add("source")
            entry = edge_entry(s, ends, schema, listed)
            if entry:
                entries.append(entry)
            else:
                left_out[s.name] = _NO_IDS
        else:
            left_out[s.name] = _NO_IDS
    return entries


def _nodes_first(entry: Entry) -> bool:
    return not entry.lines[0].startswith("node")


def _samples(directory: Path) -> tuple[list[FileSample], dict[str, str]]:
    """The samples of the readable data files in a folder, and why the others are left out."""
    files = sorted(p for p in directory.iterdir() if p.is_file()) if directory.is_dir() else []
    samples, left_out, first = [], dict[str, str](), None
    for path in files:
        if path.name.startswith("."):
            continue
        if is_spreadsheet(path):
            left_out[path.name] = f"a spreadsheet is not read; {SAVE_AS_CSV}"
        elif is_data_ending(data_ending(path)) and is_exclusion(path.name):
            left_out[path.name] = _EXCLUSION
        elif is_data_ending(data_ending(path)):
            try:
                samples.append(sample_file(directory, path.name))
            except DataError as error:
                first = first or error
                left_out[path.name] = f"{error.message.removeprefix(f'{error.file}: ')}; {error.hint}"
        elif any(is_data_ending(ending.lower()) for ending in path.suffixes):
            left_out[path.name] = "its name does not end like that of a data file; rename it if it is one"
    if not samples and first is not None:
        raise first
    if not samples:
        if any(map(is_spreadsheet, files)):
            raise DataError("there is only a spreadsheet here", file=str(directory), hint=SAVE_AS_CSV)
        hint = "put CSV, TSV, JSONL or Parquet files into it, or make a market: graphvine data synth DIR"
        raise DataError("there is no data file here", file=str(directory), hint=hint)
    return samples, left_out


def _preamble(entries: Sequence[Entry]) -> str:
    zone = 'time_zone = "Asia/Shanghai"'
    return "\n".join(
        [
            '# Which file holds what. Lines with "check:" are guesses; `graphvine data check` tries them all.',
            f"{zone}  # check: of times without an offset; queries and reports show its months, days and hours"
            if any(e.moments for e in entries)
            else f"# {zone}  # where files have times",
            "",
        ]
    )


def _unmapped(name: str, why: str) -> str:
    # A name or a message may hold a line end; a comment may not.
    return f"# {toml_of(name)} is not mapped: {' '.join(why.split())}.\n"
