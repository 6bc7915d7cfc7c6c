from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.ingest.mapping.file_mapping import MISSING_WORDS
from graph.ingest.values.normalise import INVISIBLE, normalise


def normalised(cells: list[str | None]) -> tuple[list[str | None], dict[str, list[tuple[int, str]]]]:
    found = normalise(pa.array(cells, pa.large_string()), MISSING_WORDS)
    changes = {c.kind: list(zip(c.rows.tolist(), c.after.to_pylist(), strict=True)) for c in found.changes}
    return found.text.to_pylist(), changes


@pytest.mark.parametrize(
    ("cell", "wanted", "kinds"),
    [
        ("a b", "a b", []),
        ("", None, []),
        (" a", "a", ["trimmed"]),
        ("a\t", "a", ["trimmed"]),
        ("　用户\u00a0", "用户", ["trimmed"]),
        ("   ", None, ["trimmed"]),
        ("\u00a0", None, ["trimmed"]),
        ("\ufeffid", "id", ["normalised"]),
        ("a\u200bb", "ab", ["normalised"]),
        (" a\u200b ", "a", ["normalised", "trimmed"]),
        ("e\u0301", "é", ["normalised"]),
        ("\u2126", "Ω", ["normalised"]),
        ("か\u3099", "が", ["normalised"]),
        ("\uf900", "豈", ["normalised"]),
        ("👨\u200d👩", "👨\u200d👩", []),
        ("می\u200cخواهم", "می\u200cخواهم", []),
        ('="00123"', "00123", ["normalised"]),
        (' ="00123" ', "00123", ["normalised", "trimmed"]),
        ('=" 7"', "7", ["normalised", "trimmed"]),
        ('="a ""b"" c"', 'a "b" c', ["normalised"]),
        ('="e\u0301"', "é", ["normalised"]),
        ('=""', None, ["normalised"]),
        ('="a"&"b"', '="a"&"b"', []),
        ('="a', '="a', []),
        ("=1+1", "=1+1", []),
        ("=", "=", []),
        ("'00124", "'00124", []),
        ("１２", "１２", []),
        ("，。、", "，。、", []),
        ("NULL", None, ["null_word"]),
        ("\\N", None, ["null_word"]),
        (" nan ", None, ["null_word", "trimmed"]),
        ("#N/A", None, ["null_word"]),
        ("Null", "Null", []),
        ("NULLS", "NULLS", []),
        ("Nan Li", "Nan Li", []),
    ],
)
def test_cells(cell: str, wanted: str | None, kinds: list[str]) -> None:
    for others in ([], ["x"], ["", "用户"]):
        text, changes = normalised([*others, cell, *others])
        at = len(others)
        assert text[at] == wanted
        assert sorted(changes) == kinds
        assert all(rows == [(at, wanted or "")] for kind, rows in changes.items() if kind != "trimmed" or wanted)


def test_a_missing_word_that_was_to_stay_text() -> None:
    text, changes = normalised(["a", '="NULL"'])
    assert (text, changes) == (["a", None], {"normalised": [(1, "NULL")], "null_word": [(1, "")]})


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("'00124", "00124"),
        (" '7 ", "7"),
        ("'12.5", "'12.5"),
        ("'", "'"),
        ("'a1", "'a1"),
        ("''1", "''1"),
        ("1'2", "1'2"),
    ],
)
def test_an_apostrophe_before_digits(cell: str, wanted: str) -> None:
    found = normalise(pa.array(["x", cell], pa.large_string()), apostrophe=True)
    assert found.text.to_pylist() == ["x", wanted]
    kinds = {change.kind: change.rows.tolist() for change in found.changes}
    assert kinds.get("normalised", []) == ([1] if wanted.isdecimal() else [])


CELLS = st.text(st.sampled_from("ab 　\u00a0\t\u200b\ufeff\u0301é中か\u3099豈NULan"), max_size=6)


@settings(deadline=None, max_examples=100)
@given(st.lists(CELLS, max_size=12))
def test_a_column_reads_as_its_cells_do(cells: list[str]) -> None:
    def plain(cell: str) -> str | None:
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", cell).strip())
        return None if text in ("", *MISSING_WORDS) else text

    text, changes = normalised(list(cells))
    assert text == [plain(cell) for cell in cells]
    changed = {row for rows in changes.values() for row, _ in rows}
    assert changed == {i for i, cell in enumerate(cells) if cell != (plain(cell) or "")}


def test_part_of_a_larger_column() -> None:
    column = pa.array(["x", " a", "", "NULL", "b "], pa.large_string()).slice(1, 3)
    assert normalise(column, MISSING_WORDS).text.to_pylist() == ["a", None, None]
    assert normalise(column.slice(1, 0), MISSING_WORDS).text.to_pylist() == []
