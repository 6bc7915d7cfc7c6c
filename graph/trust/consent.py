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


@dataclass(frozen=True)
class Consents:
    """What a column says.

    Attributes:
        granted: Purpose to who has consented to it, bool (n,).
        odd: Words that say neither yes, no nor a purpose, and how many people have each; they grant nothing.
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

    Several purposes stand with ``|``, a comma, a semicolon or blanks between, or as a JSON array.
    """
    cells = list(texts)
    meaning: dict[str, frozenset[Purpose]] = {}
    odd: Counter[str] = Counter()
    for cell, people in Counter(cells).items():
        agreed: set[Purpose] = set()
        for word in _words(cell):
            purpose, answer = purpose_of(word), answer_of(word)
            if purpose is None and answer is None:
                odd[word] += people
            agreed |= {purpose} if purpose else set(Purpose) if answer else set()
        # A refusal beside a purpose withdraws it.
        refused = any(answer_of(word) is False and purpose_of(word) is None for word in _words(cell))
        meaning[cell] = frozenset() if refused else frozenset(agreed)
    return Consents({p: np.array([p in meaning[cell] for cell in cells], np.bool_) for p in Purpose}, dict(odd))


def from_flags(flags: npt.NDArray[np.int8]) -> Consents:
    """Consents from a column of truth values, int8 (n,), 1 for true: true agrees to every purpose."""
    return Consents(dict.fromkeys(Purpose, flags == 1), {})


def _words(cell: str) -> list[str]:
    if cell.startswith("["):
        return [str(word) for word in json.loads(cell)]
    return [word for word in _BETWEEN.split(cell) if word]
