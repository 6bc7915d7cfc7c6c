"""Splits Cypher text into tokens, and refuses characters that different tokenizers read differently."""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from graph.errors import QueryRefusedError

_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\n]|\r\n)++)
    |(?P<comment>//[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]*+|/\*(?:[^*/]|\*(?!/)|/(?!\*))*+\*/)
    |(?P<string>'(?:[^'\\]|\\[\s\S])*+'|"(?:[^"\\]|\\[\s\S])*+")
    |(?P<quoted>`(?:[^`]|``)++`)
    |(?P<number>(?:0[xXoO][0-9A-Fa-f_]++|(?:[0-9][0-9_]*+(?:\.[0-9][0-9_]*+)?+|\.[0-9][0-9_]*+)(?:[eE][+-]?[0-9]++)?+)
        (?!\w|\.[^\W\d]))
    |(?P<param>\$(?:\w++|`(?:[^`]|``)++`))
    |(?P<name>[^\W\d]\w*+)
    |(?P<op>\.\.|<>|<=|>=|=~|::|\|\||[-+*/%^=<>()\[\]{},.:;|&!$])""",
    re.VERBOSE,
)
# Neo4j decodes escapes such as \u0041 everywhere in the text before parsing, except after a double backslash.
_ESCAPE = re.compile(r"\\\\|\\u(?P<digits>[0-9A-Fa-f]{4})?")
HINT = "queries only read: MATCH, OPTIONAL MATCH, WHERE, WITH, RETURN, UNWIND, ORDER BY, SKIP, LIMIT, UNION, CALL { }"


class Token(NamedTuple):
    """A token: its kind, its text, and its position in the query."""

    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        """The text in upper case, to compare with keywords; empty for tokens other than plain names."""
        return self.text.upper() if self.kind == "name" and self.text.isascii() else ""

    @property
    def name(self) -> str:
        """The name without the ``$`` of a parameter and without back-ticks."""
        text = self.text.removeprefix("$")
        return text[1:-1].replace("``", "`") if text.startswith("`") else text


END = Token("end", "", 0)


def refuse(text: str, start: int, what: str, hint: str = HINT) -> NoReturn:
    """Raise the error that names what is refused, and its line and column.

    Raises:
        QueryRefusedError: always.
    """
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    raise QueryRefusedError(f"{what} is refused at line {line}, column {column}", hint=hint)


def tokens_of(text: str) -> list[Token]:
    """All tokens of a query, including spaces and comments.

    Raises:
        QueryRefusedError: a space, an escape or another character is read differently by some engine, or a quotation
            or a comment is not closed.
    """
    tokens, start = [], 0
    while start < len(text):
        found = _TOKEN.match(text, start)
        if found is None:
            refuse(text, start, f"{text[start : start + 2]!a}", "use plain signs outside of texts, and close them")
        token = Token(str(found.lastgroup), found[0], start)
        for escape in _ESCAPE.finditer(token.text):
            letter = chr(int(escape["digits"], 16)) if escape["digits"] else ""
            if escape[0] != "\\\\" and (token.kind != "string" or not letter.isprintable() or letter in "'\"`\\"):
                refuse(text, start + escape.start(), f"the escape {escape[0]}", "write the character itself")
        tokens.append(token)
        start = found.end()
    return tokens


def without_comments(text: str) -> str:
    """The query with comments replaced by spaces, so that positions in an engine's messages stay correct.

    Raises:
        QueryRefusedError: as for ``tokens_of``.
    """
    return "".join(re.sub(r"[^\r\n]", " ", t.text) if t.kind == "comment" else t.text for t in tokens_of(text))
