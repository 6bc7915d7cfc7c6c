"""Completion with Tab: commands, named queries, labels, relationship types, parameters, properties and keywords."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from cli.shell.commands import COMMANDS, MODES
from cli.shell.parts import Part
from cli.shell.shell import Shell

KEYWORDS = (
    "AND", "AS", "ASC", "BY", "CALL", "CASE", "CONTAINS", "COUNT", "DESC", "DISTINCT", "ELSE", "END", "ENDS WITH",
    "EXISTS", "EXPLAIN", "IN", "IS NOT NULL", "IS NULL", "LIMIT", "MATCH", "NOT", "OPTIONAL MATCH", "OR", "ORDER BY",
    "PROFILE", "RETURN", "SKIP", "STARTS WITH", "THEN", "UNION", "UNWIND", "WHEN", "WHERE", "WITH", "XOR",
)  # fmt: skip
_COMMAND = re.compile(r":\w*")
_RUN = re.compile(r":(run|queries)\s+(\S*)", re.IGNORECASE)
_GIVEN = re.compile(r":run\s+(\S+)\s(?:.*\s)?(\w*)", re.IGNORECASE | re.DOTALL)
_OPTION = re.compile(r":(mode|timer|rows|params|schema)\s+(\w*)", re.IGNORECASE)
_RELATION = re.compile(r"\[\s*\w*\s*:\s*(?:\w+\s*[|&]\s*:?\s*)*!?(\w*)")
_LABEL = re.compile(r"(?:\(\s*\w*\s*|\b\w+)(?::\s*\w+\s*)*[:|&]\s*!?(\w*)")
_PARAMETER = re.compile(r"\$(\w*)")
_PROPERTY = re.compile(r"\b([^\W\d]\w*)\.(\w*)")
_WORD = re.compile(r"[^\W\d]\w*")


class ShellCompleter(Completer):
    """Proposals for the word at the cursor, from the text before it."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """The words that begin like the one at the cursor, in order."""
        before = document.text_before_cursor
        typed, words = self._candidates(before, document.text)
        for word in sorted(set(words)):
            if word.lower().startswith(typed.lower()) and word != typed:
                yield Completion(word, start_position=-len(typed))

    def _candidates(self, before: str, text: str) -> tuple[str, Iterable[str]]:
        """The word at the cursor, and what may stand there."""
        if before.lstrip().startswith(":") and (of_command := self._of_command(before.lstrip())):
            return of_command
        if found := _ends(_RELATION, before):
            return found[1], (part.name for part in self._parts() if part.kind == "relationship")
        if found := _ends(_PARAMETER, before):
            return found[1], self._shell.parameters
        if found := _ends(_PROPERTY, before):
            return found[2], self._properties(found[1], text)
        if found := _ends(_LABEL, before):
            return found[1], (part.name for part in self._parts() if part.kind != "relationship")
        word = _ends(_WORD, before)
        return (word[0], KEYWORDS) if word else ("", ())

    def _of_command(self, before: str) -> tuple[str, Iterable[str]] | None:
        from queries import load, names

        if _COMMAND.fullmatch(before):
            return before, COMMANDS
        if found := _RUN.fullmatch(before):
            return found[2], names()
        if (found := _GIVEN.fullmatch(before)) and found[1] in names():
            return found[2], (f"{parameter.name}=" for parameter in load(found[1]).parameters)
        if found := _OPTION.fullmatch(before):
            return found[2], self._options(found[1].lower())
        return None

    def _options(self, command: str) -> Iterable[str]:
        if command == "schema":
            return (part.name for part in self._parts())
        words = {"mode": [mode.value for mode in MODES], "timer": ["on", "off"], "rows": ["all"], "params": ["clear"]}
        return words[command]

    def _properties(self, variable: str, text: str) -> Iterator[str]:
        """The properties of what the variable is bound to; of everything, where that is not written."""
        bound = re.search(rf"([(\[])\s*{re.escape(variable)}\s*:\s*([\w:|& ]+)", text)
        wanted = set(_WORD.findall(bound[2])) if bound else set()
        parts = [part for part in self._parts() if part.name in wanted] or self._parts()
        return (name for part in parts for name, _ in part.properties)

    def _parts(self) -> tuple[Part, ...]:
        return self._shell.parts()


def _ends(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The match of the pattern that ends where the text does; only the last line of a long text is looked at."""
    tail = text[-400:]
    return next((m for m in pattern.finditer(tail) if m.end() == len(tail)), None)
