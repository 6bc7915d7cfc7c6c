"""Ids that spreadsheets and data frames have rewritten.

Files, lists of people to recommend to and the command line use these rules; a do-not-contact list uses them to find in
doubt whom an entry may stand for (``graph.trust.matching``). There are three cases:

- certainly the same id: ``501.0`` is 501, full-width ``Ｕ５０１`` is U501; ``canonical_id`` returns the kept form;
- lost: ``1.23E+17``, ``#REF!``, ``#####`` no longer contain the id; ``is_destroyed`` recognises these;
- perhaps the same id: ``00501`` or ``u-501`` beside a known U501; ``lookalikes`` lists these for a person to decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

# Full-width letters, digits and # + - . @ _ to ASCII. Full-width brackets and commas stay: Chinese names have them.
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()} | {
    0xFF03: 0x23,
    0xFF0B: 0x2B,
    0xFF0D: 0x2D,
    0xFF0E: 0x2E,
    0xFF20: 0x40,
    0xFF3F: 0x5F,
}
# A whole number that was a float; float64 is exact up to 15 digits.
WHOLE_AS_FLOAT = r"^(-?[0-9]{1,15})\.0$"
# Numbers in scientific notation, floats of 16 and more digits, and error values of spreadsheets.
DESTROYED = (
    r"^-?(?:[0-9](?:\.[0-9]+)?[eE]\+[0-9]+|[0-9]\.[0-9]+[eE][0-9]{2}|[0-9]{16,}\.0)$"
    r"|^(?:#{3,}|#(?:REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!))$"
)
_WHOLE_AS_FLOAT, _DESTROYED = re.compile(WHOLE_AS_FLOAT), re.compile(DESTROYED)
_SHORTENED = re.compile(r"-?([0-9])(?:\.([0-9]+))?e\+?([0-9]+)")
_PADDING = re.compile(r"(?<![0-9])0+(?=[0-9])")
# Spreadsheets keep this many digits of a number and replace the rest by zeros.
_KEPT = 15


def canonical_id(text: str) -> str:
    """The canonical form of an id: stripped of blanks, half-width, and without the ``.0`` of a whole number.

    Leading zeros, case and inner signs stay, since they may distinguish two ids.

    >>> canonical_id(" Ｕ５０１ "), canonical_id("501.0"), canonical_id("00501"), canonical_id("1.50")
    ('U501', '501', '00501', '1.50')
    """
    return _WHOLE_AS_FLOAT.sub(r"\1", text.strip().translate(FULL_WIDTH))


def is_destroyed(text: str) -> bool:
    """Whether a spreadsheet has replaced the id by a text from which it cannot be recovered.

    >>> is_destroyed("1.23E+17"), is_destroyed("#REF!"), is_destroyed("1E5"), is_destroyed("123")
    (True, True, False, False)
    """
    return _DESTROYED.search(canonical_id(text)) is not None


def form_key(text: str) -> str:
    """A key that is equal for ids that may be the same: NFKC without case, signs, blanks and leading zeros.

    >>> form_key("ｕ-00501"), form_key("U501"), form_key("'501.0")
    ('u501', 'u501', '501')
    """
    plain = canonical_id(text.strip().lstrip("'’"))
    folded = plain if plain.isascii() else unicodedata.normalize("NFKC", plain)
    folded = folded.casefold().removesuffix(".0")
    key = folded if folded.isalnum() else "".join(sign for sign in folded if sign.isalnum())
    # Signs are removed before leading zeros: in 6222-0212 the zero after the sign belongs to the number.
    return _PADDING.sub("", key) or folded


def lookalikes(ids: Iterable[str], known: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Unknown ids that may be known ids spelled differently, each with these known ids in ascending order.

    Two ids may be the same where they have the same ``form_key``, or where one is a number that a spreadsheet has
    shortened (``1.23E+17``, ``123456789012345000``) and its remaining digits fit the other.

    Args:
        ids: Ids to look up; repeats count once.
        known: Known ids. Each is visited once; a million takes about a second.

    Returns:
        Unknown id to known ids. Ids that are known, and ids that resemble none, are absent.

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
    shortened = [(text, *left) for text in unknown if (left := _remaining_digits(text))]
    found: dict[str, set[str]] = defaultdict(set)
    for candidate in all_known:
        for text in by_key.get(form_key(candidate), ()):
            found[text].add(candidate)
        if shortened and candidate.isascii() and candidate.isdigit():
            for text, digits, length in shortened:
                if len(candidate) == length and _fits(candidate, digits):
                    found[text].add(candidate)
    return {text: tuple(sorted(found[text])) for text in asked if text in found}


def _remaining_digits(text: str) -> tuple[str, int] | None:
    """Remaining leading digits and original length of a shortened number; None where it was not shortened."""
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
    """Whether the number starts with these digits, either truncated or rounded."""
    unit: int = 10 ** (len(candidate) - len(digits))
    return candidate.startswith(digits) or (int(candidate) + unit // 2) // unit == int(digits)
