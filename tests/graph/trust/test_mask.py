"""Who is left out, for what, and which entries of lists are in doubt."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import DataError
from graph.ids import IdMap
from graph.trust.lists import Entry, PeopleList, Purpose
from graph.trust.mask import PeopleMask, make_mask
from graph.trust.matching import match
from tests.graph.trust.doubtful import random_list

PEOPLE = IdMap.of(
    "Person",
    [
        "KBIG",
        "KNEG",
        "KSMALL",
        "U0501",
        "u05012",
        "0777",
        "123456789012345678",
        "123999999999999999",
        "wx_9f31c",
        "王一",
    ],
)


def entries(*texts: str) -> list[Entry]:
    return [Entry(text, line) for line, text in enumerate(texts, 1)]


def mask_of(*texts: str, unknown: str = "stop", people: IdMap = PEOPLE) -> PeopleMask:
    return make_mask(people, [PeopleList("list.txt", entries(*texts))], unknown=unknown)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "kind", "meant"),
    [
        ("KNEG.0", "writing", ("KNEG",)),
        ("ＫSMALL", "writing", ("KSMALL",)),
        ("kbig", "writing", ("KBIG",)),
        ("K BIG", "writing", ("KBIG",)),
        ("K-BIG", "writing", ("KBIG",)),
        ("KB\u200bIG", "writing", ("KBIG",)),
        ("777", "writing", ("0777",)),
        ("1.23E+17", "destroyed", ("123456789012345678", "123999999999999999")),
        ("#REF!", "destroyed", ()),
        ("u0501", "either", ("U0501", "u05012")),
        ("wx_9f", "beginning", ("wx_9f31c",)),
        ("1234567890", "beginning", ("123456789012345678",)),
        ("KNGE", "unknown", ()),
        ("wx_", "unknown", ()),
        ("王", "unknown", ()),
        ("", "empty", ()),
    ],
)
def test_what_is_in_doubt_is_named_with_whom_it_may_be(written: str, kind: str, meant: tuple[str, ...]) -> None:
    found = match(entries("KBIG", written), PEOPLE)
    assert [(d.entry.line, d.kind, d.people) for d in found.doubts] == [(2, kind, meant)]
    assert PEOPLE.ids(found.meant) == list(meant)
    assert PEOPLE.ids(found.known) == ["KBIG"]
    with pytest.raises(DataError) as error:
        mask_of("KBIG", written)
    assert f"line 2: {written!r} " in error.value.message or not written
    assert all(repr(person) in error.value.message for person in meant)
    told = mask_of("KBIG", written, unknown="ok")
    assert told.ids(Purpose.MARKETING) == told.ids(Purpose.PROFILING) == {"KBIG", *meant}
    assert [d.entry.text for d in told.doubts["list.txt"]] == [written]


def test_a_known_id_beside_its_twin_is_in_doubt() -> None:
    people = IdMap.of("Person", ["501", "0501", "KNEG", "KNEG.0", "X1"])
    assert [d.people for d in match(entries("501", "KNEG.0", "X1"), people).doubts] == [("0501",), ("KNEG",)]
    assert mask_of("KNEG", unknown="ok", people=people).ids(Purpose.MARKETING) == {"KNEG", "KNEG.0"}


def test_every_list_with_doubts_is_named() -> None:
    lists = [
        PeopleList("a.txt", entries("nobody")),
        PeopleList("b.csv", entries("KBIG", "no one"), (Purpose.PROFILING,)),
    ]
    with pytest.raises(DataError, match=r"(?s)a\.txt: 1 of 1 .*nobody.*b\.csv: 1 of 2 .*no one"):
        make_mask(PEOPLE, lists)
    mask = make_mask(PEOPLE, lists, unknown="ok")
    assert mask.ids(Purpose.PROFILING) == {"KBIG"}
    assert not mask.ids(Purpose.MARKETING)
    assert mask.facts() == {
        "left_out": {"marketing": 0, "profiling": 1},
        "doubts": {
            "a.txt": ["line 1: 'nobody' is not known, and no known id is like it"],
            "b.csv": ["line 2: 'no one' is not known, and no known id is like it"],
        },
    }


def test_consent_that_is_not_given_is_not_there() -> None:
    agreed = {p: np.zeros(len(PEOPLE), np.bool_) for p in Purpose}
    agreed[Purpose.MARKETING][PEOPLE.numbers(["KBIG", "KNEG"])] = True
    mask = make_mask(PEOPLE, [PeopleList("list.txt", entries("KNEG"))], granted=agreed)
    assert mask.ids(Purpose.MARKETING) == set(PEOPLE.texts) - {"KBIG"}
    assert mask.ids(Purpose.PROFILING) == set(PEOPLE.texts)
    assert mask.why_not("KBIG", Purpose.MARKETING) is None
    assert mask.why_not("KNEG", Purpose.MARKETING) == "on a list of people to leave out"
    assert mask.why_not("KBIG", Purpose.PROFILING) == "no consent to profiling"
    assert mask.barred(*Purpose).all()
    assert mask.keep([("KBIG", 1), ("KNEG", 2)], 0, Purpose.MARKETING) == [("KBIG", 1)]


def test_without_lists_and_consents_nobody_is_left_out() -> None:
    mask = make_mask(PEOPLE)
    assert not mask.barred(*Purpose).any()
    assert mask.fingerprint(Purpose.MARKETING) is None
    assert mask.fingerprint(Purpose.MARKETING) != mask_of("KBIG").fingerprint(Purpose.MARKETING)
    assert mask_of("KNEG").fingerprint(Purpose.MARKETING) != mask_of("KBIG").fingerprint(Purpose.MARKETING)


@pytest.mark.parametrize("start", range(0, 1000, 250))
def test_of_a_thousand_random_lists_nobody_gets_through(start: int) -> None:
    for seed in range(start, start + 250):
        rng = np.random.default_rng(seed)
        width = int(rng.integers(3, 15))
        ids = {f"{'UK0'[int(rng.integers(3))]}{rng.integers(10**width):0{width}d}" for _ in range(60)}
        people = IdMap.of("Person", ids)
        one = random_list(people.texts.to_list(), rng)
        found = [PeopleList("list.txt", entries(*one.lines))]
        mask = make_mask(people, found, unknown="ok")
        assert one.meant <= mask.ids(Purpose.MARKETING) == mask.ids(Purpose.PROFILING)
        named = {doubt.entry.text for doubt in mask.doubts.get("list.txt", ())}
        assert one.doubtful <= named
        if named:
            with pytest.raises(DataError) as error:
                make_mask(people, found)
            assert all(repr(text) in error.value.message for text in named)


# Signs that ids are made of, and what gets between them.
ID = st.text("U0k1９.- \u200b王E+", max_size=6)


@given(st.lists(ID.filter(bool), min_size=1, max_size=8), st.lists(ID, max_size=8))
def test_every_entry_is_known_or_named(ids: list[str], texts: list[str]) -> None:
    people = IdMap.of("Person", ids)
    mask = make_mask(people, [PeopleList("list.txt", entries(*texts))], unknown="ok")
    named = {doubt.entry.text for doubt in mask.doubts.get("list.txt", ())}
    assert set(texts) <= named | set(ids)
    assert set(texts) & set(ids) <= mask.ids(Purpose.MARKETING)
