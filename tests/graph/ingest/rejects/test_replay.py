from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graph.ingest.rejects.replay as replaying
from graph.errors import DataError
from graph.ingest.rejects.fixes import Fix
from graph.store.embedded.status import examine

if TYPE_CHECKING:
    from tests.graph.ingest.conftest import Desk

RATED = "Person-RATED-Product"
USERS = '[[files]]\npath = "users.csv"\nnode = "Person"\nid = "uid"\ncolumns = { name = "name" }\n'


def rated(path: str = "f.csv", extra: str = "", *, target: str = "i", create: str = '["target"]') -> str:
    return (
        f'[[files]]\npath = "{path}"\nedge = "{RATED}"\nsource = "u"\ntarget = "{target}"\nweight = "r"\n'
        f"create = {create}\n{extra}"
    )


BOTH = '["source", "target"]'


def sums(done: list[Any]) -> tuple[int, int, int, int]:
    counts = [one.count for one in done]
    parts = ("read", "created", "quarantined", "unchanged")
    return tuple(sum(getattr(c, p) for c in counts) for p in parts)  # type: ignore[return-value]


def test_late_users_release_what_waits_for_them(desk: Desk) -> None:
    desk.put("mapping.toml", USERS + rated())
    desk.put("users.csv", "uid,name\nu1,李雷\n")
    desk.put("f.csv", "u,i,r\nu1,p1,3\nu8,p1,4\nu9,p2,5\nu1,p3,lots\n")
    desk.load()
    assert desk.kept() == [(2, "unknown_source"), (3, "unknown_source"), (4, "not_a_decimal")]
    assert sums(desk.replay()) == (3, 0, 3, 0)
    desk.put("users.csv", "uid,name\nu1,李雷\nu9,韩梅梅\n")
    (desk.data / "f.csv").rename(desk.data / "away.csv")
    desk.put("mapping.toml", USERS)
    desk.load()
    # The file is gone; its mapping is what is needed.
    desk.put("mapping.toml", USERS + rated())
    assert sums(desk.replay(wanted=lambda r: r["reason"] == "unknown_source")) == (2, 1, 1, 0)
    assert desk.kept() == [(2, "unknown_source"), (4, "not_a_decimal")]
    assert desk.events() == 2
    (desk.data / "away.csv").rename(desk.data / "f.csv")
    counts = desk.load()
    assert [(c.created, c.unchanged, c.quarantined) for c in counts] == [(0, 2, 0), (0, 2, 2)]
    assert desk.events() == 2


def test_a_mapping_that_was_corrected_takes_records_in(desk: Desk) -> None:
    desk.put("mapping.toml", rated(create=BOTH))
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,-\nc,x,none\n")
    desk.load()
    desk.put("mapping.toml", rated(extra='missing = ["-"]\n', create=BOTH))
    assert sums(desk.replay()) == (2, 1, 1, 0)
    assert desk.kept("row", "raw") == [(3, "c,x,none")]
    (count,) = desk.load()
    assert (count.created, count.unchanged, count.quarantined) == (0, 2, 1)


@pytest.mark.parametrize("more", ["", USERS])
def test_a_relation_that_the_mapping_gains(desk: Desk, more: str) -> None:
    entry = (
        '[[files]]\npath = "f.csv"\nsource = "u"\ntarget = "i"\ncreate = ["source", "target"]\n'
        'relation = { column = "w", values = { %s } }\n'
    )
    view, buy = 'view = "Person-VIEWED-Product"', '"购买" = "Person-BOUGHT-Product"'
    desk.put("users.csv", "uid,name\nu1,李雷\n")
    desk.put("mapping.toml", more + entry % view)
    desk.put("f.csv", "u,i,w\na,x,view\nb,x,购买\nc,x,？\nc,x,view\n")
    desk.load()
    (fix,) = (desk.fix("f.csv", 3, {"u": "c", "i": "y", "w": "view"}, kind="Person-VIEWED-Product"),)
    assert sums(desk.replay([fix])) == (1, 1, 0, 0)
    desk.put("mapping.toml", more + entry % f"{view}, {buy}")
    assert sums(desk.replay()) == (1, 1, 0, 0)
    assert desk.kept() == []
    # Also what was put right by hand stays so, though the file now has edges of another type, too.
    assert desk.load()[-1].quarantined == 0
    assert (desk.events("Person-VIEWED-Product"), desk.events("Person-BOUGHT-Product")) == (3, 1)


def test_what_was_put_right_is_not_refused_again(desk: Desk) -> None:
    desk.put("mapping.toml", rated(create=BOTH))
    text = "u,i,r\na,x,3\nb,x,四\nb,x,四\nc,x,五\n"
    desk.put("f.csv", text)
    desk.load()
    fixes = [desk.fix("f.csv", 2, {"u": "b", "i": "x", "r": "4"}), desk.fix("f.csv", 4, {"u": "c", "i": "x", "r": "?"})]
    done = desk.replay(fixes)
    assert sums(done) == (2, 1, 1, 0)
    assert [(item.row, item.reason, item.value) for one in done for item in one.refused] == [(4, "not_a_decimal", "?")]
    # The fix that is still wrong keeps the record as it stood.
    assert desk.kept("row", "raw") == [(3, "b,x,四"), (4, "c,x,五")]
    # The same bad line stands twice, and one of the two was put right.
    (count,) = desk.load()
    assert (count.read, count.unchanged, count.quarantined) == (4, 2, 2)
    # Rows that are inserted above change nothing of that.
    desk.put("f.csv", "u,i,r\nz,x,1\nz,y,1\n" + text.partition("\n")[2])
    (count,) = desk.load()
    assert (count.read, count.created, count.unchanged, count.quarantined) == (6, 2, 2, 2)
    assert desk.replay([desk.fix("f.csv", row, {"u": "b", "i": "x", "r": "4"}) for row, _ in desk.kept()[:1]])
    (count,) = desk.load()
    assert (count.unchanged, count.quarantined) == (5, 1)


def test_a_fix_lasts_as_long_as_the_store_that_took_it_in(desk: Desk) -> None:
    desk.put("mapping.toml", rated(create=BOTH))
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,四\n")
    desk.load()
    desk.replay([desk.fix("f.csv", 2, {"u": "b", "i": "x", "r": "4"})])
    assert desk.events() == 2
    desk.store.file.unlink()
    # A store made anew does not have the record, so it must not count as put right.
    (count,) = desk.load()
    assert (count.created, count.unchanged, count.quarantined) == (1, 0, 1)
    assert desk.kept("raw") == [("b,x,四",)]


def test_two_entries_of_one_file_and_type_stay_apart(desk: Desk) -> None:
    desk.put("mapping.toml", rated(create=BOTH) + rated(create=BOTH, target="j"))
    desk.put("f.csv", "u,i,j,r\na,x,y,3\n,x,y,3\nb,x,,4\nc,,y,四\n")
    counts = desk.load()
    second = f"{RATED} (2)"
    assert [c.type for c in counts] == [RATED, second]
    places = [(RATED, 2, "u"), (RATED, 4, "i"), (second, 2, "u"), (second, 3, "j"), (second, 4, "r")]
    assert sorted(desk.kept("type", "row", "column")) == sorted(places)
    for _ in range(2):
        assert sums(desk.replay())[:3] == (5, 0, 5)
        assert sorted(desk.kept("type", "row", "column")) == sorted(places)
    cells = {"u": "d", "i": "x", "j": "y", "r": "3"}
    desk.replay([desk.fix("f.csv", 2, cells), desk.fix("f.csv", 4, cells, kind=second)])
    assert sorted(desk.kept("type", "row", "column")) == [(RATED, 4, "i"), (second, 2, "u"), (second, 3, "j")]
    # The hashes of both are kept, each for its entry.
    assert [c.quarantined for c in desk.load()] == [1, 2]
    assert sorted(desk.kept("type", "row", "column")) == [(RATED, 4, "i"), (second, 2, "u"), (second, 3, "j")]


def test_a_file_read_as_nodes_and_as_edges(desk: Desk) -> None:
    people = '[[files]]\npath = "f.csv"\nnode = "Person"\nid = "u"\n'
    desk.put("mapping.toml", people + rated(create=BOTH))
    desk.put("f.csv", "u,i,r\n,x,3\na,x,3\n")
    desk.load()
    assert desk.kept("type", "row") == [("Person", 1), (RATED, 1)] or desk.kept("type", "row") == [
        (RATED, 1), ("Person", 1),
    ]  # fmt: skip
    desk.replay([desk.fix("f.csv", 1, {"u": "b", "i": "x", "r": "3"})])
    assert desk.kept("type", "row") == [("Person", 1)]
    assert [c.quarantined for c in desk.load()] == [1, 0]


@pytest.mark.parametrize(
    ("fixes", "message"),
    [
        ([("f.csv", 9, {"u": "b", "i": "x", "r": "3"})], "not in the quarantine"),
        ([("g.csv", 2, {"u": "b", "i": "x", "r": "3"})], "not in the quarantine"),
        ([("f.csv", 2, {"u": "b", "i": "x"})], "'?r'?: the column is missing"),
        ([("f.csv", 2, {"u": "b", "i": "x", "r": "3"})] * 2, "twice"),
    ],
)
def test_fixes_that_cannot_be_meant_change_nothing(
    desk: Desk, fixes: list[tuple[str, int, dict[str, str]]], message: str
) -> None:
    desk.put("mapping.toml", rated(create=BOTH))
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,四\n")
    desk.load()
    given = [desk.fix(*fix) for fix in fixes]
    if len(given) == 2:
        given[1] = Fix(given[1].file, given[1].type, given[1].row, {"u": "b", "i": "x", "r": "4"})
    with pytest.raises(DataError, match=message) as caught:
        desk.replay(given)
    assert caught.value.hint
    assert (desk.kept("raw"), desk.events()) == ([("b,x,四",)], 1)
    assert not desk.quarantine.interrupted


def test_a_fix_of_a_file_that_the_mapping_no_longer_names_is_told(desk: Desk) -> None:
    desk.put("mapping.toml", rated(create=BOTH))
    desk.put("f.csv", "u,i,r\nb,x,四\n")
    desk.load()
    desk.put("mapping.toml", rated("g.csv", create=BOTH))
    with pytest.raises(DataError, match="no longer in the mapping"):
        desk.replay([desk.fix("f.csv", 1, {"u": "b", "i": "x", "r": "4"})])
    assert desk.replay() == []
    assert desk.kept() == [(1, "not_a_decimal")]


def test_no_fixes_at_all_try_nothing(desk: Desk) -> None:
    desk.put("mapping.toml", rated())
    desk.put("f.csv", "u,i,r\nb,x,4\n")
    desk.load()
    desk.put("mapping.toml", rated(create=BOTH))
    assert desk.replay([]) == []
    assert desk.kept() == [(1, "unknown_source")]
    assert sums(desk.replay()) == (1, 1, 0, 0)


def test_records_that_could_not_be_cut_wait_for_a_fix(desk: Desk) -> None:
    desk.put("mapping.toml", rated(create=BOTH))
    desk.put("f.csv", 'u,i,r\na,x,3\nb,x\nc,"x,3\nd,x,4\n')
    desk.load()
    reasons = desk.kept()
    assert [reason for _, reason in reasons] == ["column_count", "stray_quote"]
    assert desk.replay() == []
    fixes = [desk.fix("f.csv", row, {"u": f"n{row}", "i": "x", "r": "1"}) for row, _ in reasons]
    assert sums(desk.replay(fixes)) == (2, 2, 0, 0)
    (count,) = desk.load()
    assert (count.created, count.quarantined) == (0, 0)


def test_a_fix_that_is_known_already_counts_as_such(desk: Desk) -> None:
    desk.put("mapping.toml", rated(create=BOTH))
    desk.put("f.csv", "u,i,r\na,x,3\na,x,三\n")
    desk.load()
    assert sums(desk.replay([desk.fix("f.csv", 2, {"u": "a", "i": "x", "r": "3"})])) == (1, 0, 0, 1)
    assert (desk.kept(), desk.events()) == ([], 1)
    assert desk.load()[0].quarantined == 0


def test_events_that_are_kept_apart_stay_apart(desk: Desk) -> None:
    keep = rated(extra='duplicates = "keep"\n', create=BOTH)
    desk.put("mapping.toml", keep)
    desk.put("f.csv", "u,i,r\na,x,3\na,x,三\na,x,3\na,x,-\n")
    desk.load()
    assert desk.events() == 2
    desk.replay([desk.fix("f.csv", 2, {"u": "a", "i": "x", "r": "3"})])
    assert desk.events() == 3
    desk.put("mapping.toml", keep + 'missing = ["-"]\n')
    assert sums(desk.replay()) == (1, 1, 0, 0)
    assert desk.events() == 4
    (count,) = desk.load()
    assert (count.created, count.unchanged, count.quarantined, desk.events()) == (0, 4, 0, 4)


def test_an_event_put_right_takes_no_later_one_s_place(desk: Desk) -> None:
    desk.put("mapping.toml", rated(extra='duplicates = "keep"\n', create=BOTH))
    text = "u,i,r\na,x,3\na,x,三\na,x,叁\n"
    desk.put("f.csv", text)
    desk.load()
    for row in (2, 3):
        desk.replay([desk.fix("f.csv", row, {"u": "a", "i": "x", "r": "3"})])
    assert desk.events() == 3
    desk.put("f.csv", text + "a,x,3\na,x,3\n")
    (count,) = desk.load()
    assert (count.created, count.unchanged, count.quarantined, desk.events()) == (2, 3, 0, 5)


def test_waiting_events_that_are_kept_apart(desk: Desk) -> None:
    desk.put("mapping.toml", USERS + rated(extra='duplicates = "keep"\n'))
    desk.put("users.csv", "uid,name\nu1,李雷\n")
    desk.put("f.csv", "u,i,r\nu9,x,3\nu1,x,3\nu9,x,3\nu9,x,3\n")
    desk.load()
    desk.put("users.csv", "uid,name\nu1,李雷\nu9,后来\n")
    (desk.data / "f.csv").rename(desk.data / "g.csv")
    desk.put("mapping.toml", USERS)
    desk.load()
    desk.put("mapping.toml", USERS + rated(extra='duplicates = "keep"\n'))
    assert sums(desk.replay()) == (3, 3, 0, 0)
    (desk.data / "g.csv").rename(desk.data / "f.csv")
    assert [(c.created, c.unchanged, c.quarantined) for c in desk.load()] == [(0, 2, 0), (0, 4, 0)]
    assert desk.events() == 4


def test_conflicts_of_events_with_ids_are_put_right(desk: Desk) -> None:
    desk.put("mapping.toml", rated(extra='event_id = "no"\n', create=BOTH))
    desk.put("f.csv", "no,u,i,r\n1,a,x,3\n1,a,x,4\n")
    desk.load()
    assert desk.kept() == [(2, "event_conflict")]
    assert sums(desk.replay())[2] == 1
    assert sums(desk.replay([desk.fix("f.csv", 2, {"no": "2", "u": "a", "i": "x", "r": "4"})])) == (1, 1, 0, 0)
    (count,) = desk.load()
    assert (count.created, count.unchanged, count.quarantined) == (0, 2, 0)


def test_nodes_put_right_are_merged_again(desk: Desk) -> None:
    desk.put("mapping.toml", USERS)

    def names() -> list[str]:
        return desk.store.snapshot().attributes("Person")["name"].tolist()  # type: ignore[no-any-return]

    fix = desk.fix("users.csv", 2, {"uid": "u2", "name": "Ann"}, kind="Person")
    for bad, name in ((",Ann", "Bob"), (" ,Ann", "Eve")):
        desk.put("users.csv", f"uid,name\nu1,李雷\n{bad}\n")
        desk.load()
        desk.replay([fix])
        assert names() == ["李雷", "Ann"]
        desk.put("users.csv", f"uid,name\nu1,李雷\n{bad}\nu2,{name}\n")
        (count,) = desk.load()
        assert (count.quarantined, names()) == (0, ["李雷", name])


def test_json_lines_whose_keys_differ_keep_their_cells(desk: Desk) -> None:
    # More than a block of 16 MiB, so that the last record comes with columns of its own.
    filler = "x" * 1000
    lines = [json.dumps({"u": "a", "i": "x", "r": 3, "note": filler})] * 17_000
    lines += [json.dumps({"extra": 1, "r": "四", "i": "y", "u": "b"}, ensure_ascii=False)]
    desk.put("mapping.toml", rated("f.jsonl.gz", create=BOTH, extra='ignore = ["note"]\n'))
    desk.put("f.jsonl.gz", gzip.compress("\n".join(lines).encode(), 1))
    (count,) = desk.load()
    assert (count.read, count.created, count.quarantined) == (17_001, 1, 1)
    (kept,) = desk.quarantine.groups()
    (record,) = desk.quarantine.records()
    assert (kept.columns, record["raw"]) == (("u", "i", "r", "note", "extra"), "b,y,四,,1")
    cells = {"u": "b", "i": "y", "r": "4", "note": "", "extra": "1"}
    assert sums(desk.replay([desk.fix("f.jsonl.gz", 17_001, cells)]))[1] == 1
    assert desk.load()[0].quarantined == 0


def test_an_edited_file_is_what_counts(desk: Desk) -> None:
    desk.put("mapping.toml", rated(create=BOTH))
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,四\nc,x,五\n")
    desk.load()
    desk.replay([desk.fix("f.csv", 2, {"u": "b", "i": "x", "r": "4"})])
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,4\nc,x,5\n")
    (count,) = desk.load()
    assert (count.created, count.unchanged, count.quarantined, desk.kept()) == (1, 2, 0, [])


def test_no_account_goes_below_nothing(desk: Desk) -> None:
    desk.put("mapping.toml", rated(create=BOTH))
    desk.put("f.csv", "u,i,r\na,x,3\n")
    desk.load()
    older = desk.store.file.read_bytes()
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,-\n")
    desk.load()
    # The store that is put back knows of no refused record.
    desk.store.file.write_bytes(older)
    desk.put("mapping.toml", rated(extra='missing = ["-"]\n', create=BOTH))
    assert sums(desk.replay()) == (1, 1, 0, 0)
    assert (desk.kept(), desk.events()) == ([], 2)
    (account,) = examine(desk.store).accounts
    assert (account.counts["read"], account.counts["quarantined"]) == (1, 0)


def test_a_replay_keeps_what_equals_a_record_put_right(desk: Desk) -> None:
    desk.put("mapping.toml", rated(create=BOTH))
    desk.put("f.csv", "u,i,r\na,x,bad\nb,x,3\na,x,bad\n")
    desk.load()
    desk.replay([desk.fix("f.csv", 1, {"u": "a", "i": "x", "r": "4"})])
    for _ in range(2):
        assert sums(desk.replay()) == (1, 0, 1, 0)
        assert desk.kept("row", "raw") == [(3, "a,x,bad")]
    (count,) = desk.load()
    assert (count.unchanged, count.quarantined) == (2, 1)


@pytest.mark.parametrize("extra", ["", 'duplicates = "keep"\n'])
def test_what_was_put_right_is_not_loaded_again_once_its_line_is_good(desk: Desk, extra: str) -> None:
    desk.put("mapping.toml", rated(create=BOTH, extra=extra))
    desk.put("f.csv", "u,i,r\na,x,-\nb,x,3\na,x,-\n")
    desk.load()
    desk.replay([desk.fix("f.csv", 1, {"u": "a", "i": "x", "r": "4"})])
    desk.put("mapping.toml", rated(create=BOTH, extra=extra + 'missing = ["-"]\n'))
    # Of the two equal lines one was put right, so the other is new.
    for created in (1, 0):
        (count,) = desk.load()
        assert (count.created, count.unchanged, count.quarantined) == (created, 3 - created, 0)
        assert (desk.events(), desk.kept()) == (3, [])


def test_what_waited_and_was_put_right_is_not_loaded_once_its_node_comes(desk: Desk) -> None:
    desk.put("mapping.toml", USERS + rated())
    desk.put("users.csv", "uid,name\nu1,李雷\n")
    desk.put("f.csv", "u,i,r\nu1,p1,3\nu9,p1,4\n")
    desk.load()
    desk.replay([desk.fix("f.csv", 2, {"u": "u1", "i": "p1", "r": "4"})])
    desk.put("users.csv", "uid,name\nu1,李雷\nu9,后来\n")
    for _ in range(2):
        count = desk.load()[-1]
        assert (count.created, count.unchanged, desk.events()) == (0, 2, 2)


def test_a_person_put_right_stays_so_once_the_line_is_good(desk: Desk) -> None:
    strict = USERS + 'missing = ["Ann"]\n'
    desk.put("mapping.toml", strict.replace('id = "uid"', 'id = "name"').replace('"name" }', '"uid" }'))
    desk.put("users.csv", "uid,name\nu1,李雷\nu2,Ann\n")
    desk.load()
    desk.replay([desk.fix("users.csv", 2, {"uid": "u3", "name": "Bob"}, kind="Person")])
    desk.put("mapping.toml", USERS.replace('id = "uid"', 'id = "name"').replace('"name" }', '"uid" }'))
    for _ in range(2):
        (count,) = desk.load()
        assert (count.created, count.unchanged, desk.store.status().nodes["Person"]) == (0, 2, 2)


@pytest.mark.proof(one_in=4)
@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("mode", ["collapse", "keep"])
def test_slices_change_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch, by_hand: bool, mode: str) -> None:
    sizes = []

    def watched(columns: Any, chosen: Any) -> Any:
        sizes.append(len(chosen))
        return block(columns, chosen)

    block = replaying._block
    monkeypatch.setattr(replaying, "_SLICE", 2)
    monkeypatch.setattr(replaying, "_block", watched)
    entry = rated(create=BOTH, extra=f'duplicates = "{mode}"\n')
    desk.put("mapping.toml", entry)
    desk.put("f.csv", "u,i,r\na,x,3\n" + "a,x,-\n" * 3 + "b,x,?\na,x,-\n")
    desk.load()
    desk.put("mapping.toml", entry + 'missing = ["-"]\n')
    right = [desk.fix("f.csv", row, {"u": "a", "i": "x", "r": "5"}) for row in (2, 3, 4, 6)]
    done = desk.replay(right if by_hand else None)
    assert (sizes, sums(done)[0], len(done)) == ([2, 1, 1] if by_hand else [2, 2, 1], 4 if by_hand else 5, 1)
    assert (desk.kept("row"), desk.events()) == ([(5,)], 5 if mode == "keep" else 2)
    (count,) = desk.load()
    assert (count.created, count.quarantined, desk.events()) == (0, 1, 5 if mode == "keep" else 2)


def test_a_trial_changes_neither_store_nor_quarantine(desk: Desk) -> None:
    desk.put("mapping.toml", rated())
    desk.put("f.csv", "u,i,r\nb,x,4\n")
    desk.load()
    desk.put("mapping.toml", rated(create=BOTH))
    assert sums(desk.replay(commit=False)) == (1, 1, 0, 0)
    assert (desk.events(), desk.kept()) == (0, [(1, "unknown_source")])
    assert not desk.quarantine.interrupted


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from(["1", "2", "四", "", "-"])), max_size=12
)


@pytest.mark.proof
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, keep=st.booleans(), data=st.data())
def test_replay_and_loads_never_lose_or_double_a_record(
    new_desk: Callable[[], Desk], rows: list[tuple[str, str, str]], keep: bool, data: st.DataObject
) -> None:
    desk = new_desk()
    entry = rated(create=BOTH, extra='duplicates = "keep"\n' if keep else "")
    desk.put("mapping.toml", entry + 'missing = ["?"]\n')
    desk.put("f.csv", "u,i,r\n" + "".join(",".join(row) + "\n" for row in rows))
    (count,) = desk.load()
    bad = [row for row, _ in desk.kept()]
    assert len(bad) == count.quarantined == sum(r in ("四", "-") for *_, r in rows)
    chosen = data.draw(st.lists(st.sampled_from(bad), unique=True) if bad else st.just([]))
    right = {row: data.draw(st.sampled_from(["1", "5", "bad"])) for row in chosen}
    fixes = [desk.fix("f.csv", row, {"u": rows[row - 1][0], "i": rows[row - 1][1], "r": r}) for row, r in right.items()]
    still = len(bad) - sum(r != "bad" for r in right.values())
    desk.replay(fixes)
    assert len(desk.kept()) == still
    events = desk.events()
    good = [row for row in rows if row[2] in ("1", "2", "")] + [
        (*rows[row - 1][:2], r) for row, r in right.items() if r != "bad"
    ]
    assert events == (len(good) if keep else len(set(good)))
    (again,) = desk.load()
    assert (again.created, again.quarantined, desk.events(), len(desk.kept())) == (0, still, events, still)
