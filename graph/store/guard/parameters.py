"""Values of parameters as both engines take them, whatever they came as."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from graph.errors import QueryRefusedError, StoreError

_LARGEST = 2**63
_HALF = re.compile(r"[\ud800-\udfff]")
_PLAIN = (bool, float, datetime.date, type(None))


def plain_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, with times in UTC where they say nothing else.

    Args:
        given: Text, numbers, truth values, dates, times and None, and lists and maps of these.

    Raises:
        QueryRefusedError: a text holds half a character, which has no bytes.
        StoreError: a value is none of these, or a whole number has more than 64 bits.
    """
    return {_whole(name): _plain(value, name) for name, value in given.items()}


def _whole(text: str) -> str:
    if _HALF.search(text):
        raise QueryRefusedError(
            "a parameter holds half a character", hint="it was cut or decoded wrongly; write it anew"
        )
    return text


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        return value.replace(tzinfo=datetime.UTC)
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, int):
        if not -_LARGEST <= value < _LARGEST:
            raise StoreError(f"the parameter ${name} holds a number beyond 64 bits", hint="give it as a text")
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item, name) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {_whole(key): _plain(item, name) for key, item in value.items()}
    raise StoreError(
        f"the parameter ${name} holds a {type(value).__name__}, which no query takes",
        hint="values are text, numbers, truth values, dates and times, and lists and maps of these with texts as keys",
    )
