"""What a payload is compared with: the answer to a value that nobody has, in every text parameter of every query."""

from __future__ import annotations

import json
from typing import Any

import queries
from tests.queries.cases import CASES
from tests.queries.engines import Engine, ask
from tests.queries.payloads import PAYLOADS, dressed

HARMLESS = "nobody-of-that-name"
TEXTS = [(n, p.name) for n in queries.names() for p in queries.load(n).parameters if p.type in ("text", "list")]


def around(name: str) -> dict[str, str]:
    """Values with which a query finds something in the planted market."""
    return next(given for case, given, rows in CASES if case == name and rows)


def planted(name: str, parameter: str) -> list[str]:
    """Values with which a query finds something, or where it has none, any query by a parameter of that name."""
    found = {(case, given[parameter]) for case, given, rows in CASES if rows and given.get(parameter)}
    single = {(case, value) for case, value in found if value[0] != "[" and "," not in value}
    own = {value for case, value in single if case == name}
    return sorted(own or {value for _, value in single})


def answer(engine: Engine, name: str, parameter: str, text: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    kind = next(p.type for p in queries.load(name).parameters if p.name == parameter)
    value = json.dumps([text]) if kind == "list" else text
    return ask(engine, name, {**around(name), parameter: value})


def payloads(name: str, parameter: str, *, every: int = 1) -> list[str]:
    """What is given as the value of a parameter, those made of its planted values too.

    Args:
        name: The query.
        parameter: Its parameter.
        every: Take one of so many; the parameters together still meet all of them.
    """
    found = [*PAYLOADS, *(text for value in planted(name, parameter) for text in dressed(value))]
    return found[TEXTS.index((name, parameter)) % every :: every]
