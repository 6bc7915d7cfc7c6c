"""One proposed ``[[files]]`` entry of a mapping; doubts are written into its comments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from graph.ingest.mapping.file_mapping import MISSING_WORDS
from graph.ingest.mapping.sampling import FileSample, Fit


@dataclass
class Entry:
    """The lines of an entry.

    Attributes:
        sample: The sample of the file.
        lines: Proposed keys so far, one in each line.
        used: Columns that the entry reads.
        moments: Those of them that need a time zone.
        why: Unused columns whose name suggested a meaning, each with the reason why it is not used.
        words: Placeholders such as ``--`` in the columns that are read, each with the places where it stands.
        rest: The comment for unused columns without a reason of their own.
        timeless: Placeholders in the time column of events; as ``missing`` words they would leave events without time.
    """

    sample: FileSample
    lines: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    moments: set[str] = field(default_factory=set)
    why: dict[str, str] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    rest: str = "nothing in the schema is called so; map them, or leave them out"
    timeless: set[str] = field(default_factory=set)

    def put(self, key: str, value: object, *columns: str, check: str = "") -> None:
        """Propose a key, with the columns that it reads and what the user should check."""
        self.lines.append(f"{key} = {toml_of(value)}{_note(check)}")
        self.used.update(columns)

    def put_columns(self, fits: Mapping[str, Fit]) -> None:
        """Propose the columns of the schema, each with the column of the file that it is read from."""
        if fits:
            names = {ours: fit.column for ours, fit in fits.items()}
            doubts = [f"{fit.column}: {fit.misfits}" for fit in fits.values() if fit.bad]
            self.put("columns", names, *names.values(), check="; ".join(doubts) + _REFUSED if doubts else "")

    def accepts(self, fit: Fit, named: str) -> bool:
        """Whether the values of a column fit the type that its name suggests; else notes the reason for a comment."""
        if fit.most:
            for row, value in fit.empty:
                self.words.setdefault(value, []).append(f"row {row} of {fit.column}")
            self.why.pop(fit.column, None)
            return True
        self.why[fit.column] = f"it {named}, but {fit.strict().misfits or 'has no value'}"
        return False

    def misfits(self, fit: Fit) -> str:
        """What to check about the values of one column; empty where all fit."""
        return fit.misfits + _REFUSED if fit.bad else ""

    def text(self) -> str:
        """The entry as TOML."""
        s = self.sample
        lines = ["[[files]]", f"path = {toml_of(s.name)}"]
        if s.header_row:
            lines.append(
                f"header_row = {s.header_row}{_note('the line that names the columns; those above it are left out')}"
            )
        if s.footer:
            said = f"the last lines are left out, from {s.footer[0].strip()[:40]!r} on"
            lines.append(f"footer_rows = {len(s.footer)}{_note(said)}")
        lines += self.lines
        lines += self._missing()
        left = [column for column in s.columns if column not in self.used]
        lines += [
            _comment(f"{toml_of(column)} is not used: {self.why[column]}") for column in left if column in self.why
        ]
        if left:
            other = any(column not in self.why for column in left)
            why = self.rest if other else "for the reasons above"
            lines.append(f"ignore = {toml_of(left)}  # not used: {why}")
        return "\n".join(lines) + "\n"

    def _missing(self) -> list[str]:
        words = [word for word in self.words if word not in self.timeless]
        both = [word for word in self.words if word in self.timeless]
        lines = (
            [_comment(f"{toml_of(both)} would leave events without their time, so rows with it are refused")]
            if both
            else []
        )
        if words:
            places = [place for word in words for place in self.words[word]]
            said = f"words that mean an empty cell, {len(places):,} of those looked at, the first in {places[0]}"
            words += [word for word in MISSING_WORDS if word not in words]
            lines.append(f"missing = {toml_of(words)}{_note(said)}")
        return lines


_REFUSED = "; these rows are refused"


def _note(check: str) -> str:
    return f"  {_comment(f'check: {check}')}" if check else ""


def _comment(text: str) -> str:
    # A value may hold a line end or a control character; a comment may not.
    return "# " + "".join(sign if sign.isprintable() else " " for sign in text)


def toml_of(value: object) -> str:
    """A text, a number, a list or a table of texts as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {toml_of(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_of, value)) + "]"
    # A JSON text is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else toml_of(name)
