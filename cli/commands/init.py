"""graphvine init: a workspace with settings and a proposed mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.options import QuietOption
from cli.session import Session

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


def init(
    directory: Annotated[Path, typer.Argument(help="Folder with your data files; it becomes the workspace.")],
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the data files, if it is another one.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a mapping and settings that are there already.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Look at the files' headers and write graphvine.toml and a commented mapping.toml with guesses.

    Example: graphvine init market/    then read market/mapping.toml, then: graphvine build market/
    """
    import os

    from cli.emit import write_whole
    from graph.errors import ConfigError, DataError

    session = Session.open(directory, quiet=quiet)
    files = data or directory
    if not files.is_dir():
        raise DataError(
            "no such folder", file=str(files), hint="make it and put your CSV, TSV, JSONL or Parquet files there"
        )
    mapping = files / "mapping.toml"
    made, exclude = [], '# exclude = "do-not-contact.txt"'
    if mapping.exists() and not force:
        session.terminal.note(f"{mapping} is there already and was kept; --force proposes a new one")
    else:
        from graph.ingest.mapping.propose import propose
        from graph.ingest.mapping.proposed_entry import toml_of

        proposed = propose(files, session.workspace.schema(os.path.relpath(mapping, directory)))
        write_whole(mapping, proposed.text.encode("utf-8"))
        for name, why in proposed.left_out.items():
            session.terminal.note(f"{name} was left out: {why}")
        if len(proposed.exclusions) == 1:
            barred = Path(os.path.relpath(files / proposed.exclusions[0], directory)).as_posix()
            exclude = f"exclude = {toml_of(barred)}"
        made.append(mapping)
    if session.workspace.config.exists() and not force:
        if not made:
            raise ConfigError(
                f"{directory} is a workspace already", hint=f"graphvine build {directory}, or init --force"
            )
        session.terminal.note(f"{session.workspace.config} is there already and was kept")
    else:
        relative = Path(os.path.relpath(mapping, directory)).as_posix()
        write_whole(session.workspace.config, _CONFIG.format(mapping=relative, exclude=exclude).encode("utf-8"))
        made.append(session.workspace.config)
    for file in made:
        session.terminal.step(f"wrote {file}")
    session.terminal.following(f"read {mapping} and correct its guesses, then: graphvine build {directory}")
