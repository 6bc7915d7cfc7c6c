"""Reads consent by purpose from texts or flags. Missing or unclear consent counts as no consent."""

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
    """The consents in a column.

    Attributes:
        granted: Purpose to the people who have consented to it, bool (n,).
        odd: Texts with an unknown word, to the number of people with each; such texts grant nothing.
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
    """Whether a word means yes or no; None where it means neither. An empty word means no.

    >>> answer_of("Yes"), answer_of("拒绝"), answer_of(""), answer_of("perhaps")
    (True, False, False, None)
    """
    plain = word.strip().casefold()
    return True if plain in _YES else False if plain in _NO else None


def from_texts(texts: Iterable[str]) -> Consents:
    """Consents from one text per person: yes or no to everything, or the purposes consented to.

    Purposes are separated by ``|``, commas, semicolons or blanks, or are a JSON array; each may have its own answer, as
    in ``marketing: yes``. A "yes" together with purposes consents to these only; a "no" together with purposes refuses
    everything. A text with an unknown word grants nothing, since that word may revoke the others.
    """
    cells = list(texts)
    counts = Counter(cells)
    meaning = {cell: _granted(cell) for cell in counts}
    odd = {cell: counts[cell] for cell, agreed in meaning.items() if agreed is None}
    return Consents({p: np.array([p in (meaning[cell] or ()) for cell in cells], np.bool_) for p in Purpose}, odd)


def from_flags(flags: npt.NDArray[np.int8]) -> Consents:
    """Consents from a boolean column, int8 (n,): 1 (true) consents to every purpose."""
    return Consents(dict.fromkeys(Purpose, flags == 1), {})


def _granted(cell: str) -> frozenset[Purpose] | None:
    """The purposes that a text consents to; None where it has an unknown word."""
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
    """The words of a text; a purpose with its answer is one word, and so is an invalid JSON array."""
    text = _JOINED.sub(":", cell.strip())
    if not text.startswith("["):
        return [word for word in _BETWEEN.split(text) if word]
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return [text]
    return [_JOINED.sub(":", str(word)) for word in found]
