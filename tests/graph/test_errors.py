from __future__ import annotations

import pytest

from graph import errors
from graph.errors import DataError, GraphvineError


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "wrong"),
        ({"file": "f.csv"}, "f.csv: wrong"),
        ({"file": "f.csv", "row": 3, "column": "ts", "value": "x"}, "f.csv: row 3, column ts, value 'x': wrong"),
        ({"column": "ts"}, "column ts: wrong"),
        ({"value": "v" * 100}, f"value '{'v' * 60}': wrong"),
    ],
)
def test_a_data_error_says_where(facts: dict[str, str], text: str) -> None:
    error = DataError("wrong", hint="mend it", **facts)  # type: ignore[arg-type]
    assert (str(error), error.hint) == (text, "mend it")


def test_the_tree_is_the_one_that_is_drawn() -> None:
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, GraphvineError)]
    assert all(c.__name__ in (errors.__doc__ or "") for c in classes)
    assert len(classes) >= 7
