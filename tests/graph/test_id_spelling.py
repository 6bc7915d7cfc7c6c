"""Ids in several writings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.id_spelling import canonical_id, form_key, is_destroyed, lookalikes


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("501.0", "501"),
        ("501", "501"),
        ("Ｕ５０１", "U501"),
        ("Ｕ－５０１＿ａ", "U-501_a"),
        ("５０１．０", "501"),
        (" 501\t", "501"),
        ("00501", "00501"),
        ("u501", "u501"),
        ("2.5", "2.5"),
        ("1.00", "1.00"),
        ("v2.0", "v2.0"),
        ("苹果（红）", "苹果（红）"),
        ("1234567890123456.0", "1234567890123456.0"),
    ],
)
def test_the_form_that_is_kept(written: str, kept: str) -> None:
    assert canonical_id(written) == kept


@pytest.mark.parametrize(
    "text",
    [
        "1.23E+17",
        "1e+16",
        "１．２３Ｅ＋１７",
        "1.23E17",
        "4.2e+27",
        "1234567890123456789.0",
        "#REF!",
        "########",
        "#VALUE!",
    ],
)
def test_destroyed(text: str) -> None:
    assert is_destroyed(text)


@pytest.mark.parametrize("text", ["1E5", "E+17", "123456789012345000", "501.0", "#1", "##", "A1.23E+17", "", "9E10"])
def test_not_destroyed(text: str) -> None:
    assert not is_destroyed(text)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("KNEG.0", "KNEG"),
        ("501.0", "501"),
        ("ＫSMALL", "KSMALL"),
        ("00501", "501"),
        ("501", "00501"),
        ("u501", "U501"),
        ("U-501", "U501"),
        ("U 501", "U501"),
        ("'501", "501"),
        ("U00501", "U501"),
        ("6222-0212", "62220212"),
        ("6222 0212", "62220212"),
        ("0 501", "0501"),
        ("Ⅷ", "VIII"),
        ("1.23E+17", "123456789012345678"),
        ("1.24E+17", "123956789012345678"),
        ("123456789012345000", "123456789012345678"),
        ("123456789012346000", "123456789012345678"),
    ],
)
def test_lookalikes(written: str, known: str) -> None:
    assert lookalikes([written], [known, "OTHER", "999999999999999999"]) == {written: (known,)}


def test_unlike_ids_are_not_named() -> None:
    assert lookalikes(["U502", "1.23E+17", "U501", "---"], ["U501", "U5020", "1230", "___"]) == {}


def test_all_that_fit_are_named_in_order_of_asking() -> None:
    assert lookalikes(["u1", "U-2", "u1"], ["U01", "U1", "U2"]) == {"u1": ("U01", "U1"), "U-2": ("U2",)}


@given(st.text(max_size=12))
def test_the_kept_form_is_stable(text: str) -> None:
    once = canonical_id(text)
    assert canonical_id(once) == once
    assert form_key(once) == form_key(text)


@given(st.lists(st.text(min_size=1, max_size=8), max_size=8), st.lists(st.text(min_size=1, max_size=8), max_size=8))
def test_only_unknown_ids_are_named_with_known_ones(ids: list[str], known: list[str]) -> None:
    for written, found in lookalikes(ids, known).items():
        assert written in set(ids) - set(known)
        assert set(found) & set(known) == set(found) != set()
