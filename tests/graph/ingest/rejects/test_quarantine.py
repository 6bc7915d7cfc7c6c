from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DataError, StoreError
from graph.ingest.load import Limits
from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.ingest.rejects.quarantine import PendingRejects, Quarantine
from graph.ingest.rejects.readings import Reading, group_of, readings_of
from graph.ingest.rejects.reject import Reject, reject
from graph.schema import EdgeKey
from graph.store.embedded.loading import EmbeddedLoading

if TYPE_CHECKING:
    from tests.graph.ingest.conftest import Desk

EDGE = EdgeKey("Person", "RATED", "Product")
MAPPING = """[[files]]
path = "f.csv"
edge = "Person-RATED-Product"
source = "u"
target = "i"
weight = "r"
create = ["source", "target"]
"""


def source(name: str = "f.csv", *, node: bool = False) -> Source:
    entry = FileMapping(name, node="Person", id="u") if node else FileMapping(name, edge=EDGE, source="u", target="i")
    return Source(Path(name), name, entry)


def bad(row: int, raw: str = ",x", *, file: str = "f.csv") -> Reject:
    return reject(file, row, "missing_value", column="u", raw=raw)


def yes(_load: str) -> bool:
    return True


def begun(folder: Path, load: str = "one", *sources: Source) -> PendingRejects:
    pending = Quarantine(folder).begin(load, yes)
    for reading in readings_of(sources or (source(),)):
        pending.open(reading, ["u", "i"], decimal=".")
    return pending


def kept(folder: Path) -> list[tuple[str, int, str]]:
    return [(r["file"], r["row"], r["raw"]) for r in Quarantine(folder).records()]


def test_what_is_pending_is_not_yet_kept(tmp_path: Path) -> None:
    pending = begun(tmp_path)
    assert pending.add([bad(2), bad(1)]) == 0
    pending.close()
    assert kept(tmp_path) == []
    assert Quarantine(tmp_path).interrupted
    pending.publish()
    assert kept(tmp_path) == [("f.csv", 1, ",x"), ("f.csv", 2, ",x")]
    assert not Quarantine(tmp_path).interrupted
    assert [p.suffix for p in tmp_path.iterdir()] == [".jsonl"]


def test_what_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    pending = begun(tmp_path)
    pending.add([bad(1)])
    pending.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_load_takes_the_place_of_the_last_one_of_its_file_alone(tmp_path: Path) -> None:
    for load, name, rows in (("1", "f.csv", [1, 2]), ("2", "g.csv", [3]), ("3", "f.csv", [4]), ("4", "g.csv", [])):
        pending = begun(tmp_path, load, source(name))
        pending.add([bad(row, file=name) for row in rows])
        pending.publish()
    assert kept(tmp_path) == [("f.csv", 4, ",x")]


def test_the_types_of_readings() -> None:
    found = readings_of([source(), source(node=True), source(), source("g.csv"), source()])
    assert [(r.source.name, r.kind, r.number) for r in found] == [
        ("f.csv", str(EDGE), 0),
        ("f.csv", "Person", 0),
        ("f.csv", f"{EDGE} (2)", 1),
        ("g.csv", str(EDGE), 0),
        ("f.csv", f"{EDGE} (3)", 2),
    ]
    assert len({group_of(r.source) for r in found}) == 3


def test_both_readings_of_a_file_can_settle(tmp_path: Path) -> None:
    first, second = readings_of([source(), source()])
    pending = Quarantine(tmp_path).begin("one", yes)
    for reading in (first, second):
        pending.open(reading, ["u", "i"], decimal=".")
        pending.settle([",x"])
    pending.publish()
    for reading, repeats in ((first, 1), (second, 1)):
        pending = Quarantine(tmp_path).begin("two", yes)
        pending.open(reading, ["u", "i"], decimal=".")
        assert pending.add([bad(1), bad(2)]) == repeats
        pending.discard()


def test_what_is_settled_counts_once_and_only_where_its_load_is_known(tmp_path: Path) -> None:
    (reading,) = readings_of([source()])
    pending = Quarantine(tmp_path).begin("one", yes)
    pending.open(reading, ["u", "i"], decimal=".")
    pending.settle([",x", ",x", ",y"])
    pending.publish()
    for known, expected in ((yes, 3), (lambda load: load == "one", 3), (lambda load: load == "two", 0)):
        pending = Quarantine(tmp_path).begin("two", known)
        pending.open(reading, ["u", "i"], decimal=".")
        assert pending.add([bad(1), bad(2), bad(3), bad(4, ",y"), bad(5, ",z")]) == expected
        assert pending.reasons.total() == 5 - expected
        pending.discard()


RAWS = st.lists(st.sampled_from([",x", ",y", ",\u4e09", ",\ud83d"]), max_size=12)


@settings(max_examples=20, deadline=None)
@given(settled=RAWS, refused=RAWS)
def test_of_equal_lines_as_many_are_refused_as_were_not_settled(
    tmp_path_factory: pytest.TempPathFactory, settled: list[str], refused: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("q")
    pending = begun(folder)
    pending.settle(settled)
    pending.publish()
    pending = begun(folder, "two")
    fixed = pending.add([bad(row, raw) for row, raw in enumerate(refused, 1)])
    pending.publish()
    assert fixed == sum(min(settled.count(raw), refused.count(raw)) for raw in set(refused))
    left = [raw for _, _, raw in kept(folder)]
    assert {raw: left.count(raw) for raw in left} == {
        raw: refused.count(raw) - settled.count(raw) for raw in refused if refused.count(raw) > settled.count(raw)
    }
    shutil.rmtree(folder)


@pytest.mark.parametrize("committed", [True, False])
def test_what_a_crash_left_is_settled_by_the_store(tmp_path: Path, committed: bool) -> None:
    pending = begun(tmp_path, "one")
    pending.add([bad(1)])
    pending.publish()
    pending = begun(tmp_path, "two", source(), source("g.csv"))
    pending.add([bad(5, file="g.csv")])
    pending.close()
    # Here the process ends; f.csv had no refused record in that load.
    quarantine = Quarantine(tmp_path)
    quarantine.recover(lambda load: committed and load == "two")
    assert kept(tmp_path) == ([("g.csv", 5, ",x")] if committed else [("f.csv", 1, ",x")])
    assert not quarantine.interrupted
    quarantine.recover(lambda _: True)
    assert not (tmp_path / "pending").exists()


def test_publishing_goes_on_where_a_crash_ended_it(tmp_path: Path) -> None:
    names = ("f.csv", "g.csv", "h.csv")
    for load, row in (("one", 1), ("two", 2)):
        pending = Quarantine(tmp_path).begin(load, yes)
        for reading in readings_of(map(source, names)):
            pending.open(reading, ["u", "i"], decimal=".")
            pending.add([bad(row, file=reading.source.name)])
        pending.close()
        if load == "one":
            pending.publish()
    first = sorted((tmp_path / "pending" / "two").iterdir())[0]
    first.replace(tmp_path / first.name)
    assert sorted(row for _, row, _ in kept(tmp_path)) == [1, 1, 2]
    Quarantine(tmp_path).recover(yes)
    assert kept(tmp_path) == [(name, 2, ",x") for name in names]


def test_a_crash_between_commit_and_publication(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("mapping.toml", MAPPING)
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,lots\n")
    desk.load()
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,lots\nc,x,4\nd,x,much\n")

    def killed(self: PendingRejects) -> None:
        self._handed_over = True
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PendingRejects, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.load()
    assert (desk.events(), desk.kept("row")) == (2, [(2,)])
    assert desk.quarantine.interrupted
    # A replay is enough to bring the load to its end.
    desk.replay(wanted=lambda _: False)
    assert (desk.kept("row"), desk.quarantine.interrupted) == ([(2,), (4,)], False)


def test_a_crash_before_the_commit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("mapping.toml", MAPPING)
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,lots\n")

    def killed(self: EmbeddedLoading) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedLoading, "commit", killed)
        patch.setattr(PendingRejects, "discard", PendingRejects.close)
        with pytest.raises(KeyboardInterrupt):
            desk.load()
    assert (desk.kept(), desk.quarantine.interrupted) == ([], True)
    (count,) = desk.load()
    assert (count.created, desk.kept("row"), desk.quarantine.interrupted) == (1, [(2,)], False)


def test_a_commit_whose_end_is_not_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("mapping.toml", MAPPING)
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,lots\n")
    commit = EmbeddedLoading.commit

    def stopped(self: EmbeddedLoading) -> bool:
        commit(self)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedLoading, "commit", stopped)
        with pytest.raises(KeyboardInterrupt):
            desk.load()
    assert (desk.events(), desk.quarantine.interrupted) == (1, True)
    # The next load is of another file.
    desk.put("mapping.toml", MAPPING.replace("f.csv", "g.csv"))
    desk.put("g.csv", "u,i,r\nc,x,3\n")
    desk.load()
    assert (desk.kept("file", "row"), desk.quarantine.interrupted) == ([("f.csv", 2)], False)


def test_a_file_that_a_load_empties_meanwhile_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pending = begun(tmp_path, "one", source(), source("g.csv"))
    pending.add([bad(1, file="g.csv")])
    pending.publish()
    (found,) = Quarantine(tmp_path).groups()
    gone = tmp_path / f"{group_of(source('h.csv'))}.jsonl"
    monkeypatch.setattr(Path, "glob", lambda _self, _pattern: iter([gone, found.path]))
    assert Quarantine(tmp_path).groups() == [found]
    found.path.unlink()
    assert list(found) == []


def test_every_folder_on_the_way_is_durable_before_the_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed = set()
    fsync = os.fsync

    def watched(handle: int) -> None:
        flushed.add(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    pending = begun(tmp_path / "quarantine")
    pending.add([bad(1)])
    pending.hand_over()
    for path in (pending.folder, *list(pending.folder.iterdir()), *list(pending.folder.parents)[:3]):
        assert path.stat().st_ino in flushed, path


def test_a_load_that_is_committed_but_cannot_publish_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("mapping.toml", MAPPING)
    desk.put("f.csv", "u,i,r\na,x,3\nb,x,lots\n")

    def refuses(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuses)
        with pytest.raises(StoreError, match="is committed, but") as caught:
            desk.load()
    assert "nothing is loaded twice" in caught.value.hint
    (count,) = desk.load()
    assert (count.created, count.unchanged, desk.kept("row")) == (0, 1, [(2,)])


@pytest.mark.parametrize(
    ("bad_share", "allowed"), [(0.28, False), (0.29, True), (0.3, True), (0.0, False), (1.0, True)]
)
def test_the_most_bad_records_that_are_allowed(desk: Desk, bad_share: float, allowed: bool) -> None:
    desk.put("mapping.toml", MAPPING)
    # As a float 0.29 * 100 is less than 29.
    desk.put("f.csv", "u,i,r\n" + "".join(f"a,p{i},{'lots' if i < 29 else 1}\n" for i in range(100)))
    if allowed:
        (count,) = desk.load(limits=Limits(bad=bad_share))
        assert (count.created, count.quarantined) == (71, 29)
        return
    with pytest.raises(DataError, match=r"29 of 100 records.*most often: 29 not a decimal \(r\)"):
        desk.load(limits=Limits(bad=bad_share))
    assert not list(desk.quarantine.directory.iterdir())


def test_a_load_without_records_passes_any_limit(desk: Desk) -> None:
    desk.put("mapping.toml", MAPPING)
    desk.put("f.csv", "u,i,r\n")
    assert desk.load(limits=Limits(bad=0.0))[0].read == 0


@pytest.mark.parametrize("size", [100_000, 2_000_000])
def test_the_whole_record_is_kept(desk: Desk, size: int) -> None:
    cells = ["b", "x", "lots", "长" * (size // 3) if size > 1 << 20 else 'a"b, ' * (size // 5)]
    quoted = '"' + cells[3].replace('"', '""') + '"'
    desk.put("mapping.toml", MAPPING + 'ignore = ["note"]\n')
    desk.put("f.csv", f"u,i,r,note\na,x,3,\nb,x,lots,{quoted}\nc,x,3,\n")
    (count,) = desk.load()
    (record,) = desk.quarantine.records()
    assert (count.created, record["raw"]) == (2, f"b,x,lots,{quoted}")
    assert record["reason"] == ("cell_too_large" if size > 1 << 20 else "not_a_decimal")
    names = ("u", "i", "r", "note")
    desk.replay([desk.fix("f.csv", 2, dict(zip(names, ["b", "x", "5", ""], strict=True)))])
    assert (desk.kept(), desk.load()[0].quarantined) == ([], 0)


@pytest.mark.parametrize("text", ["", "{}\n", "not json\n", '{"file": "f.csv", "columns": 3}\n'])
def test_a_damaged_file_of_the_quarantine_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "ab.jsonl").write_text(text)
    with pytest.raises(DataError, match="no file of refused records"):
        Quarantine(tmp_path).groups()


def test_damaged_hashes_are_told(tmp_path: Path) -> None:
    (tmp_path / f"{group_of(source())}.fixed").write_bytes("四\n".encode())
    with pytest.raises(DataError, match="no file of refused records"):
        begun(tmp_path)


def test_nothing_can_be_added_before_a_file_is_opened(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        Quarantine(tmp_path).begin("one", yes).add([bad(1)])
    with pytest.raises(RuntimeError):
        Quarantine(tmp_path).begin("one", yes).keep([{}])


def test_a_reading_is_known_by_its_number_and_not_by_its_type(tmp_path: Path) -> None:
    (reading,) = readings_of([source()])
    pending = Quarantine(tmp_path).begin("one", yes)
    pending.open(reading, ["u", "i"], decimal=".")
    pending.settle([",x"])
    pending.publish()
    pending = Quarantine(tmp_path).begin("two", yes)
    pending.open(Reading(reading.source, "another type", 0), ["u", "i"], decimal=".")
    assert pending.add([bad(1)]) == 1
    pending.discard()
