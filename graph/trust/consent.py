"""Consent by purpose, read from words: nobody has consented who has not said so."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.trust.lists import Purpose
from graph.trust.mask import BoolArray

_PURPOSES = {
    "marketing": Purpose.MARKETING,
    "营销": Purpose.MARKETING,
    "profiling": Purpose.PROFILING,
    "画像": Purpose.PROFILING,
}
_YES = frozenset(("yes", "y", "true", "1", "granted", "是", "同意", "已同意"))
_NO = frozenset(("no", "n", "false", "0", "denied", "withdrawn", "none", "否", "不同意", "拒绝", "撤回", ""))
_BETWEEN = re.compile(r"[|;,、；，\s]+")
_JOINED = re.compile(r"\s*[:：=]\s*")


@dataclass(frozen=True)
class Consents:
    """What a column says.

    Attributes:
        granted: Purpose to who has consented to it, bool (n,).
        odd: Texts with a word that is not understood, and how many people have each; they grant nothing.
    """

    granted: Mapping[Purpose, BoolArray]
    odd: Mapping[str, int]


def purpose_of(word: str) -> Purpose | None:
    """The purpose that a word names; None where it names none.

    >>> purpose_of("Marketing"), purpose_of("画像"), purpose_of("mail")
    (<Purpose.MARKETING: 'marketing'>, <Purpose.PROFILING: 'profiling'>, None)
    """
    return _PURPOSES.get(word.strip().casefold())


def answer_of(word: str) -> bool | None:
    """Whether a word says yes or no; None where it says neither. An empty one says no.

    >>> answer_of("Yes"), answer_of("拒绝"), answer_of(""), answer_of("perhaps")
    (True, False, False, None)
    """
    plain = word.strip().casefold()
    return True if plain in _YES else False if plain in _NO else None


def from_texts(texts: Iterable[str]) -> Consents:
    """Consents from one text for each person: yes or no to everything, or the purposes that were agreed to.

    Several purposes stand with ``|``, a comma, a semicolon or blanks between, or as a JSON array; each may have its own
    answer, as in ``marketing: yes``. A yes beside purposes says no more than they do, and a no beside them refuses all.
    A text of which any word is not understood grants nothing, as that word may take back the others.
    """
    cells = list(texts)
    counts = Counter(cells)
    meaning = {cell: _granted(cell) for cell in counts}
    odd = {cell: counts[cell] for cell, agreed in meaning.items() if agreed is None}
    return Consents({p: np.array([p in (meaning[cell] or ()) for cell in cells], np.bool_) for p in Purpose}, odd)


def from_flags(flags: npt.NDArray[np.int8]) -> Consents:
    """Consents from a column of truth values, int8 (n,), 1 for true: true agrees to every purpose."""
    return Consents(dict.fromkeys(Purpose, flags == 1), {})


def _granted(cell: str) -> frozenset[Purpose] | None:
    """The purposes that a text agrees to; None where a word of it is not understood."""
    named: dict[Purpose, bool] = {}
    answers: list[bool] = []
    for word in _words(cell):
        name, joined, said = word.partition(":")
        purpose, answer = purpose_of(name), answer_of(said if joined else name)
        if joined and (purpose is None or answer is None):
            return None
        if purpose is not None:
            named[purpose] = named.get(purpose, True) and answer is not False
        elif answer is not None:
            answers.append(answer)
        else:
            return None
    if not all(answers):
        return frozenset()
    return frozenset(p for p, agreed in named.items() if agreed) if named else frozenset(Purpose if answers else ())


def _words(cell: str) -> list[str]:
    """The words of a text, a purpose and its answer as one; a broken JSON array is one word."""
    text = _JOINED.sub(":", cell.strip())
    if not text.startswith("["):
        return [word for word in _BETWEEN.split(text) if word]
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return [text]
    return [_JOINED.sub(":", str(word)) for word in found]
