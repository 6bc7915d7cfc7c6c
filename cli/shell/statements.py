"""Text cut into statements and commands, and what a text that is not whole still lacks.

A statement ends at a semicolon outside quotations and comments, or at the end of the text. What begins with a colon
where a statement could begin is a command, and ends with its line, and so do ``help``, ``exit`` and ``quit`` alone on a
line; only what follows ``:explain`` or ``:profile`` is a statement itself, and ends like one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PIECE = re.compile(
    r"""(?P<comment>//[^\r\n]*+|/\*.*?\*/)
    |(?P<quotation>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|`(?:[^`]|``)*+`)
    |(?P<unfinished>['"`]|/\*)
    |(?P<end>;)
    |(?P<bracket>[()\[\]{}])
    |(?P<space>\s++)
    |(?P<other>[^'"`/;()\[\]{}\s]++|/)""",
    re.VERBOSE | re.DOTALL,
)
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_COMMAND = re.compile(r":[^\r\n]*")
_EXPLAIN = re.compile(r":(?:explain|profile)\s+(?=\S)", re.IGNORECASE)
_BARE = re.compile(r"(?:help|exit|quit)(?=[ \t]*;?[ \t]*(?:[\r\n]|$))", re.IGNORECASE)
_RETURN = re.compile(r"\bRETURN\b", re.IGNORECASE)
# Positions in messages count from the start of the whole text; a script of more lines than this is not padded.
_MOST_LINES = 2000


@dataclass(frozen=True)
class Statement:
    """A statement without its semicolon, or a command with its colon.

    Attributes:
        text: The text, without spaces around it and comments before it.
        line: Number of the line where it begins, from 1.
        column: The same within its line.
    """

    text: str
    line: int
    column: int

    @property
    def is_command(self) -> bool:
        """Whether it is for the shell and not for an engine."""
        return self.text.startswith(":") or bool(_BARE.fullmatch(self.text))

    @property
    def placed(self) -> str:
        """The text with blanks before it, so that positions in an engine's messages are those in the whole text."""
        return "\n" * (self.line - 1) + " " * (self.column - 1) + self.text if self.line <= _MOST_LINES else self.text


def split(text: str) -> list[Statement]:
    """The statements and commands of a text, in order; none where it holds only comments.

    >>> [s.text for s in split("RETURN ';' AS a; // one; still one\\n:schema\\nRETURN 2 AS b")]
    ["RETURN ';' AS a", ':schema', 'RETURN 2 AS b']
    """
    found = []
    start = _beginning(text, 0)
    while start < len(text):
        end = _end(text, start)[0]
        found.append(_statement(text, start, end))
        start = _beginning(text, end)
    return found


def missing(text: str) -> str | None:
    """What the last statement of a text still lacks: the mark that is open, or ``;``; None where it may be run.

    ``:explain`` and ``:profile`` need no semicolon where their statement is on one line and returns something: nobody
    ends a command with one.

    >>> missing("RETURN 'a;"), missing("MATCH (a"), missing("RETURN 1"), missing("RETURN 1;")
    ("'", '(', ';', None)
    """
    start = _beginning(text, 0)
    while start < len(text):
        end, whole = _end(text, start)
        if not whole:
            explained = _EXPLAIN.match(text, start) and "\n" not in text[start:].strip()
            mark = _open_mark(text[start:])
            return None if explained and mark == ";" and _RETURN.search(text, start) else mark
        start = _beginning(text, end)
    return None


def _statement(text: str, start: int, end: int) -> Statement:
    column = start - text.rfind("\n", 0, start)
    piece = text[start:end].rstrip("; \t\r\n") if text[start] == ":" else text[start:end].rstrip()
    return Statement(piece, text.count("\n", 0, start) + 1, column)


def _beginning(text: str, start: int) -> int:
    """Where the next statement begins: after spaces, semicolons and comments."""
    while (found := _PIECE.match(text, start)) and found.lastgroup in ("space", "comment", "end"):
        start = found.end()
    return start


def _end(text: str, start: int) -> tuple[int, bool]:
    """Where what begins there ends, and whether it is whole there."""
    if not _EXPLAIN.match(text, start) and (command := _COMMAND.match(text, start) or _BARE.match(text, start)):
        return command.end(), True
    while found := _PIECE.match(text, start):
        if found.lastgroup == "unfinished":
            break
        if found.lastgroup == "end":
            return start, True
        start = found.end()
    return len(text), False


def _open_mark(text: str) -> str:
    """The quotation mark, comment or bracket that is open at the end; ``;`` where none is."""
    start, brackets = 0, []
    while found := _PIECE.match(text, start):
        if found.lastgroup == "unfinished":
            return found[0]
        if found[0] in _CLOSERS:
            brackets.append(found[0])
        elif found.lastgroup == "bracket" and brackets and _CLOSERS[brackets[-1]] == found[0]:
            brackets.pop()
        start = found.end()
    return brackets[-1] if brackets else ";"
