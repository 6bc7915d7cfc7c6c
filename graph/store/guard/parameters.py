"""Converts query parameters into values that both engines accept."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from graph.errors import QueryRefusedError, StoreError


def plain_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as plain values; times without a zone are taken as UTC.

    Raises:
        QueryRefusedError: a text contains a lone surrogate, which cannot be encoded.
        StoreError: a value is of a type that queries do not accept, or a whole number needs more than 64 bits.
    """
    return {_plain(name, name): _plain(value, name) for name, value in given.items()}


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, str):
        if re.search(r"[\ud800-\udfff]", value):
            raise QueryRefusedError("a parameter holds half a character", hint="it was decoded wrongly; write it anew")
        return value
    if isinstance(value, datetime.datetime):
        return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
    if isinstance(value, (list, tuple)):
        return [_plain(item, name) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {_plain(key, name): _plain(item, name) for key, item in value.items()}
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise StoreError(f"the parameter ${name} holds a number beyond 64 bits", hint="give it as a text")
    if value is None or isinstance(value, (bool, int, float, datetime.date)):
        return value
    hint = "values are text, numbers, truth values, dates and times, and lists and maps of these with texts as keys"
    raise StoreError(f"the parameter ${name} holds a {type(value).__name__}, which no query takes", hint=hint)
