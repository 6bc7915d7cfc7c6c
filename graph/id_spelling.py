"""One id in several writings: what is read as the same id, what only looks like it, and what has lost its digits.

Spreadsheets and data frames rewrite ids. Three cases are told apart, and every place where ids come in (files, lists
of people, the command line) uses the rules written here:

- the same id: ``501.0`` is 501, full-width ``Ｕ５０１`` is U501; ``canonical_id`` gives the one form that is kept;
- destroyed: ``1.23E+17``, ``#REF!``, ``#####``; no form gives the id back, see ``is_destroyed``;
- perhaps the same: ``00501`` or ``u-501`` beside a known U501; only a person can tell, so ``lookalikes`` names them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

# Letters, digits and what joins them. Brackets and commas stay, as they are usual in Chinese names.
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()} | {
    0xFF03: 0x23,
    0xFF0B: 0x2B,
    0xFF0D: 0x2D,
    0xFF0E: 0x2E,
    0xFF20: 0x40,
    0xFF3F: 0x5F,
}
# A float64 gives back every whole number of 15 digits.
POINTED = r"^(-?[0-9]{1,15})\.0$"
# Numbers as spreadsheets shorten them, whole numbers that were a float64 with fewer digits, and what a spreadsheet
# shows in place of a value.
DESTROYED = (
    r"^-?(?:[0-9](?:\.[0-9]+)?[eE]\+[0-9]+|[0-9]\.[0-9]+[eE][0-9]{2}|[0-9]{16,}\.0)$"
    r"|^(?:#{3,}|#(?:REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!))$"
)
_POINTED, _DESTROYED = re.compile(POINTED), re.compile(DESTROYED)
_SHORTENED = re.compile(r"-?([0-9])(?:\.([0-9]+))?e\+?([0-9]+)")
_PADDING = re.compile(r"(?<![0-9])0+(?=[0-9])")
# A spreadsheet keeps so many digits of a number and writes zeros for the rest.
_KEPT = 15


def canonical_id(text: str) -> str:
    """The one form of an id that is kept: without blanks at the ends, half-width, and whole numbers without ``.0``.

    Nothing that could tell two ids apart changes: leading zeros, case and inner signs stay.

    >>> canonical_id(" Ｕ５０１ "), canonical_id("501.0"), canonical_id("00501"), canonical_id("1.50")
    ('U501', '501', '00501', '1.50')
    """
    return _POINTED.sub(r"\1", text.strip().translate(FULL_WIDTH))


def is_destroyed(text: str) -> bool:
    """Whether a spreadsheet has put something else in the place of an id, of which the id cannot be told.

    >>> is_destroyed("1.23E+17"), is_destroyed("#REF!"), is_destroyed("1E5"), is_destroyed("123")
    (True, True, False, False)
    """
    return _DESTROYED.search(canonical_id(text)) is not None


def form_key(text: str) -> str:
    """What ids that may be the same have in common: compatibility form, without case, signs, blanks and padding.

    >>> form_key("ｕ-00501"), form_key("U501"), form_key("'501.0")
    ('u501', 'u501', '501')
    """
    plain = canonical_id(text.strip().lstrip("'’"))
    folded = plain if plain.isascii() else unicodedata.normalize("NFKC", plain)
    folded = folded.casefold().removesuffix(".0")
    key = folded if folded.isalnum() else "".join(sign for sign in folded if sign.isalnum())
    # Signs first: a zero after a sign inside a number, as in 6222-0212, is no padding.
    return _PADDING.sub("", key) or folded


def lookalikes(ids: Iterable[str], known: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The ids that are not known, but may be known ones in another writing, each with these in ascending order.

    An id may be another one where both have the same ``form_key``, or where it is a number that a spreadsheet has
    shortened, as ``1.23E+17`` or ``123456789012345000``, and the digits that are left fit.

    Args:
        ids: Ids as they are written; repeats count once.
        known: Ids of which each is taken as it stands. All are looked at once, about a second for a million.

    Returns:
        Id as it is written to known ids; of an id that is known as it stands, or resembles none, nothing.

    >>> lookalikes(["u-501", "U502", "X"], ["U501", "U502"])
    {'u-501': ('U501',)}
    """
    asked = dict.fromkeys(ids)
    all_known = set(known)
    unknown = [text for text in asked if text not in all_known]
    if not unknown:
        return {}
    by_key: dict[str, list[str]] = defaultdict(list)
    for text in unknown:
        by_key[form_key(text)].append(text)
    shortened = [(text, *left) for text in unknown if (left := _left_of(text))]
    found: dict[str, set[str]] = defaultdict(set)
    for candidate in all_known:
        for text in by_key.get(form_key(candidate), ()):
            found[text].add(candidate)
        if shortened and candidate.isascii() and candidate.isdigit():
            for text, digits, length in shortened:
                if len(candidate) == length and _fits(candidate, digits):
                    found[text].add(candidate)
    return {text: tuple(sorted(found[text])) for text in asked if text in found}


def _left_of(text: str) -> tuple[str, int] | None:
    """The first digits of a shortened number and the number of all its digits; None where it is not one."""
    plain = canonical_id(text)
    short = _SHORTENED.fullmatch(plain.lower())
    if short:
        digits = short[1] + (short[2] or "")
        return (digits, int(short[3]) + 1) if len(digits) <= int(short[3]) + 1 else None
    whole = plain.removesuffix(".0")
    if len(whole) > _KEPT and whole.isascii() and whole.isdigit() and not whole[_KEPT:].strip("0"):
        return whole[:_KEPT], len(whole)
    return None


def _fits(candidate: str, digits: str) -> bool:
    """Whether the number begins with these digits, cut off or rounded."""
    unit: int = 10 ** (len(candidate) - len(digits))
    return candidate.startswith(digits) or (int(candidate) + unit // 2) // unit == int(digits)
