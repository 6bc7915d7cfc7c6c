"""Make a workspace: settings, and a mapping with guesses from the headers of the data files."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from graph.atomic_io import replace_file
from graph.errors import ConfigError, DataError
from graph.workspace.folder import WorkspaceFolder

_CONFIG = """\
# graphvine settings; GRAPHVINE_SECTION__KEY in the environment and options on the command line win over them.
seed = 7
# store = "embedded"       # or "neo4j": see the section below
{exclude}   # person ids, one a line or a table: left out of everything that is given out
# exclude_unknown = "ok"   # go on where an id on it is in doubt, and leave out everybody whom it may stand for

[data]
mapping = "{mapping}"      # which columns mean what
# directory = "data"       # where the files are, if not beside the mapping
# lock_timeout = 10.0      # seconds to wait for another process that holds the store

[segment]
# resolution = 1.0         # larger gives more, smaller segments; unset: chosen from the data

[recommend]
# targets = ["product", "vehicle"]   # unset: everything that people acquire, intend to or rate
# k = 10                   # items per person
# rules = "rules.toml"     # limits on what is offered to whom: stock, price, quotas and others; see docs/rules.md
# people_per_part = 20000  # people whose rows are kept at a time; an interrupted run goes on after them

[campaign]
# budget = 50000.0         # yuan; 0: plan by number of seeds
# seeds = 10               # how many where costs are unknown or the budget is 0
# product = "V001"         # what the campaign is for; unset: what most people are recommended first

[consent]                  # where one is set, whoever has not agreed to a purpose (marketing, profiling) is left out
# file = "consent.csv"     # person, purpose, granted
# column = "consent"       # a column of Person: the purposes agreed to, or yes or no

[sensitive]                # sensitive columns stay out of everything, but for these
# columns = ["Person.health"]
# reason = ""              # why they may be used; kept in every manifest

[neo4j]                    # NEO4J_URI, NEO4J_USERNAME, NEO4J_DATABASE and NEO4J_PASSWORD win; a password is no setting
# uri = "bolt://localhost:7687"
# username = "neo4j"
# database = "neo4j"
# credentials = ""         # a file of mode 600 with NEO4J_PASSWORD=...
# plugins = []             # readers of plugins that queries may call, like "apoc.text.*" or "gds.*.stream"
"""


@dataclass(frozen=True)
class Made:
    """What was made of a workspace.

    Attributes:
        mapping: The mapping file, whose guesses somebody should read.
        files: The files that were written; one that was there already is not among them.
    """

    mapping: Path
    files: tuple[Path, ...]


def make_workspace(
    folder: WorkspaceFolder, *, data: Path | None, force: bool = False, on_note: Callable[[str], None]
) -> Made:
    """Write graphvine.toml and a commented mapping.toml with guesses.

    Args:
        folder: The workspace.
        data: Folder of the data files; None for the workspace itself.
        force: Whether to replace files that are there already; else they are kept, and a note says so.
        on_note: Takes each note.

    Raises:
        DataError: there is no such folder of data files.
        ConfigError: both files are there already.
    """
    files = data or folder.root
    if not files.is_dir():
        raise DataError(
            "no such folder", file=str(files), hint="make it and put your CSV, TSV, JSONL or Parquet files there"
        )
    mapping, made, exclude = files / "mapping.toml", [], '# exclude = "do-not-contact.txt"'
    if mapping.exists() and not force:
        on_note(f"{mapping} is there already and was kept; --force proposes a new one")
    else:
        exclude = _write_mapping(folder, files, mapping, on_note) or exclude
        made.append(mapping)
    if folder.config.exists() and not force:
        if not made:
            raise ConfigError(
                f"{folder.root} is a workspace already", hint=f"graphvine build {folder.root}, or init --force"
            )
        on_note(f"{folder.config} is there already and was kept")
    else:
        relative = Path(os.path.relpath(mapping, folder.root)).as_posix()
        replace_file(folder.config, _CONFIG.format(mapping=relative, exclude=exclude).encode("utf-8"))
        made.append(folder.config)
    return Made(mapping, tuple(made))


def _write_mapping(folder: WorkspaceFolder, files: Path, mapping: Path, on_note: Callable[[str], None]) -> str | None:
    """Propose a mapping and write it; returns the setting of a do-not-contact list that was found among the files."""
    from graph.ingest.mapping.propose import propose
    from graph.ingest.mapping.proposed_entry import toml_of

    proposed = propose(files, folder.schema(os.path.relpath(mapping, folder.root)))
    replace_file(mapping, proposed.text.encode("utf-8"))
    for name, why in proposed.left_out.items():
        on_note(f"{name} was left out: {why}")
    if len(proposed.exclusions) != 1:
        return None
    barred = Path(os.path.relpath(files / proposed.exclusions[0], folder.root)).as_posix()
    return f"exclude = {toml_of(barred)}"
