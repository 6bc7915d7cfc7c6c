"""Regular expressions that Java and Rust read alike, written for Rust.

Java's ``\\w``, ``\\d`` and ``\\s`` are ASCII and its dot leaves out more line ends, so these are written out. A
repeated group that repeats something itself is refused, and so is what ``regexcost`` finds too long a search: in Java
it can run for ever, and no timeout ends it.
"""

from __future__ import annotations

import re

from graph.store.guard.regexcost import Search

_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\x0B\f\r"}
_DOT = r"[^\n\r\u{85}\u{2028}\u{2029}]"
_PIECE = re.compile(r"\(\?:|\\.|\[|[()|.*+?^$]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\}|[\s\S]")
_PUNCTUATION = frozenset(r"\.[]{}()*+?^$|-/")
_RANGE = re.compile(r"\\?.-\\?.|\\.|[^\\]", re.DOTALL)
_MAX = 1000


class RegexError(ValueError):
    """A pattern is outside what both engines read alike."""


def portable(pattern: str) -> str:
    """The pattern for Rust's regex engine, meaning what Java means by the one given; both match whole texts.

    Raises:
        RegexError: the pattern is outside the common part.

    >>> portable("(?i)a.*")
    '[aA][^\\\\n\\\\r\\\\u{85}\\\\u{2028}\\\\u{2029}]*'
    """
    if len(pattern) > _MAX:
        raise RegexError(f"it is longer than {_MAX} characters")
    flags = re.match(r"\(\?([is]{1,2})\)", pattern)
    return _Regex(flags[1] if flags else "").of(pattern[flags.end() if flags else 0 :])


class _Regex:
    def __init__(self, flags: str) -> None:
        self.fold, self.all = "i" in flags, "s" in flags
        self.out: list[str] = []
        # Of each open group: where it begins, and whether something in it is repeated without bound.
        self.groups: list[list[bool]] = [[False]]
        self.atom = False
        self.inner = False
        self.search = Search("i" in flags)

    def of(self, pattern: str) -> str:
        pattern = pattern.removeprefix("^")
        if pattern.endswith("$") and not pattern.endswith("\\$"):
            pattern = pattern[:-1]
        place = 0
        while place < len(pattern):
            found = _PIECE.match(pattern, place)
            piece = found[0] if found else ""
            if piece == "[":
                end = self.bracket(pattern, place)
                self.out.append(self.set(pattern[place + 1 : end]))
                self.search.atom(pattern[place : end + 1], single=False)
                self.atom, self.inner, place = True, False, end + 1
                continue
            self.piece(piece, pattern[place + len(piece) : place + len(piece) + 1])
            place += len(piece)
        if len(self.groups) > 1:
            raise RegexError("a group is not closed")
        if self.search.steep:
            raise RegexError("more than two repeats may share out a text in many ways")
        if self.search.broad:
            raise RegexError("it has too many alternatives in a row")
        return "".join(self.out)

    def piece(self, piece: str, after: str) -> None:
        if piece in ("(", "(?:"):
            self.search.opened()
            self.groups.append([False])
            self.out.append("(?:")
            self.atom = False
        elif piece == ")":
            if len(self.groups) == 1:
                raise RegexError("a bracket closes nothing")
            self.search.closed()
            self.inner = self.groups.pop()[0]
            self.groups[-1][0] |= self.inner
            self.out.append(")")
            self.atom = True
        elif piece == "|":
            self.search.either()
            # Alternatives within a repeated group may overlap, which Java tries one by one.
            self.groups[-1][0] |= len(self.groups) > 1
            self.out.append("|")
            self.atom = False
        elif piece in ("*", "+", "?") or (piece.startswith("{") and len(piece) > 1):
            self.repeat(piece)
        elif piece in ("^", "$", "{", "}", "]"):
            raise RegexError(f"{piece} stands where it means something to one engine only")
        else:
            self.out.append(self.single(piece))
            plain = piece != "." and not (piece[0] == "\\" and piece[1].isalnum())
            self.search.atom(piece, single=plain and (not after or after not in "*?{"))
            self.atom, self.inner = True, False

    def repeat(self, piece: str) -> None:
        if not self.atom:
            raise RegexError(f"{piece} repeats nothing")
        if piece != "?" and self.inner:
            raise RegexError("a repeated group repeats something itself, or has alternatives")
        # In a group that is repeated even an optional part can be had in many ways.
        self.groups[-1][0] = True
        self.search.repeated(piece)
        self.out.append(piece)
        self.atom = False

    def single(self, piece: str) -> str:
        if piece == ".":
            return "(?s:.)" if self.all else _DOT
        if len(piece) == 2:
            letter = piece[1]
            if letter in _CLASSES:
                return f"[{_CLASSES[letter]}]"
            if letter.lower() in _CLASSES:
                return f"[^{_CLASSES[letter.lower()]}]"
            if letter not in _PUNCTUATION and letter not in "tnr":
                raise RegexError(f"{piece} is not read alike by all engines")
            return re.escape(letter) if letter in _PUNCTUATION else piece
        if piece == "\\":
            raise RegexError("it ends with a backslash")
        if self.fold and piece.isascii() and piece.isalpha():
            return f"[{piece.lower()}{piece.upper()}]"
        return piece if piece.isalnum() and piece.isascii() else _literal(piece)

    def bracket(self, pattern: str, place: int) -> int:
        found = re.compile(r"\[\^?(?:\\.|[^\]\[\\&~])+\]", re.DOTALL).match(pattern, place)
        if found is None or "--" in found[0]:
            raise RegexError("a set of characters is not read alike by all engines")
        return found.end() - 1

    def set(self, body: str) -> str:
        negated = body.startswith("^")
        parts = []
        for found in _RANGE.finditer(body[negated:]):
            part = found[0]
            if len(part) == 2 and part[0] == "\\" and part[1] in _CLASSES:
                parts.append(_CLASSES[part[1]])
            elif len(part) == 2 and part[0] == "\\":
                parts.append(self.escaped(part))
            elif len(part) > 2:
                parts.append(self.range(part))
            else:
                cases = {part.lower(), part.upper()} if self.fold and part.isascii() and part.isalpha() else {part}
                parts.extend(_literal(letter) for letter in sorted(cases))
        return f"[{'^' * negated}{''.join(parts)}]"

    def escaped(self, part: str) -> str:
        if part[1] not in _PUNCTUATION and part[1] not in "tnr":
            raise RegexError(f"{part} in a set is not read alike by all engines")
        return part if part[1] in "tnr" else _literal(part[1])

    def range(self, part: str) -> str:
        ends = [side.removeprefix("\\") for side in (part[: part.index("-", 1)], part[part.index("-", 1) + 1 :])]
        if "\\" in part or len(ends[0]) != 1 or len(ends[1]) != 1 or ends[0] > ends[1]:
            raise RegexError(f"the range {part} is not read alike by all engines")
        found = f"{_literal(ends[0])}-{_literal(ends[1])}"
        if self.fold:
            if not (ends[0].islower() == ends[1].islower() and all(e.isascii() and e.isalnum() for e in ends)):
                raise RegexError(f"the range {part} ignores case")
            if ends[0].isalpha():
                found += f"{_literal(ends[0].swapcase())}-{_literal(ends[1].swapcase())}"
        return found


def _literal(letter: str) -> str:
    """A character as itself, whatever it is."""
    return letter if letter.isalnum() and letter.isascii() else f"\\u{{{ord(letter):X}}}"
