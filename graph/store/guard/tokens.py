"""Cypher text as tokens; what no engine could misread in the same way twice is refused here."""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from graph.errors import QueryRefusedError

# Neo4j decodes escapes in the whole text before it looks at quotations; a pair of backslashes stays as it is there.
_ESCAPE = re.compile(r"(?P<pair>\\\\)|\\u(?P<digits>[0-9A-Fa-f]{4})?")
# Neo4j does that between back-ticks too: a name holds no escape, nor what may end a line or cannot be seen.
PLAIN_NAME = re.compile(r"[^\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]++")
_MEANT = re.compile(r"\\([\s\S])")
_MEANINGS = {"\\": "\\", "'": "'", '"': '"', "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]++)
    |(?P<comment>//[^\r\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)
    |(?P<string>'(?:[^'\\]|\\[\s\S])*+'|"(?:[^"\\]|\\[\s\S])*+")
    |(?P<quoted>`(?:[^`]|``)++`)
    |(?P<number>(?:0[xX][0-9A-Fa-f]++|(?:[0-9]++(?:\.[0-9]++)?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+)(?!\w))
    |(?P<param>\$(?:\w++|`(?:[^`]|``)++`))
    |(?P<name>[^\W\d]\w*+)
    |(?P<op>\.\.|<>|<=|>=|=~|[-+*/%^=<>()\[\]{},.:;|&!])""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of a query: its kind, its text and where it starts."""

    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        """The keyword that this may be; empty for all but plain names."""
        return self.text.upper() if self.kind == "name" and self.text.isascii() else ""

    @property
    def value(self) -> float:
        """The number that this is."""
        return float(int(self.text, 16)) if self.text[:2].lower() == "0x" else float(self.text)

    @property
    def plain(self) -> str:
        """The name without back-ticks, and without the sign of a parameter."""
        name = self.text.removeprefix("$")
        return name[1:-1].replace("``", "`") if name.startswith("`") else name


END = Token("end", "", -1)


def without_comments(text: str) -> str:
    """A checked text with every comment replaced by spaces, so that places in an engine's messages stay true."""
    return "".join(
        re.sub(r"[^\r\n]", " ", token.text) if token.kind == "comment" else token.text for token in tokens_of(text)
    )


def text_of(token: Token) -> str:
    """What a string means; a backslash before a letter that needs none stays, as Neo4j has it."""
    return _MEANT.sub(lambda found: _MEANINGS.get(found[1], found[0]), token.text[1:-1])


def place_of(text: str, start: int) -> str:
    """Where in a text something starts, in words."""
    line = text.count("\n", 0, start) + 1
    return f"at line {line}, column {start - text.rfind(chr(10), 0, start)}"


def decoded(text: str) -> str:
    """The text with its ``\\u0041`` escapes as the characters that they mean; what comes out is not decoded again.

    Raises:
        QueryRefusedError: an escape means a quotation mark or a character that cannot be seen.
    """
    return _ESCAPE.sub(lambda found: _decode(text, found), text)


def _decode(text: str, found: re.Match[str]) -> str:
    if found["pair"]:
        return found[0]
    if found["digits"] is None or (letter := chr(int(found["digits"], 16))) in "'\"`\\" or not letter.isprintable():
        raise QueryRefusedError(
            f"the escape {found[0]} is refused {place_of(text, found.start())}", hint="write the character itself"
        )
    return letter


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, spaces and comments among them.

    Raises:
        QueryRefusedError: a character means nothing outside text, or a quotation or a comment never ends.
    """
    tokens, start = [], 0
    while start < len(text):
        found = _TOKEN.match(text, start)
        if found is None:
            _unreadable(text, start)
        token = Token(str(found.lastgroup), found[0], start)
        # Engines disagree about what ends a line; a comment must end at the same place for all of them.
        if token.kind == "comment" and re.search(r"[\v\f\x1c-\x1e\x85\u2028\u2029]", token.text):
            _unreadable(text, start)
        if token.kind == "space" and re.search(r"\r(?!\n)", text[start : found.end() + 1]):
            _unreadable(text, start)
        tokens.append(token)
        start = found.end()
    return tokens


def _unreadable(text: str, start: int) -> NoReturn:
    letter, place = text[start], place_of(text, start)
    if letter in "'\"`":
        raise QueryRefusedError(f"a quotation that starts {place} never ends", hint=f"close it with {letter}")
    if text.startswith("/*", start):
        raise QueryRefusedError(f"a comment that starts {place} never ends", hint="close it with */")
    raise QueryRefusedError(
        f"unexpected character {letter!r} {place}",
        hint="outside text use plain spaces, line ends and ASCII punctuation",
    )
