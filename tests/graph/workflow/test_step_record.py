"""Steps of a build: a step runs when something that it reads has changed, and for no other reason."""

from __future__ import annotations

from pathlib import Path

from graph.workflow.step_record import BuildRecord, Step, read_skipped


def record(file: Path, *, code: str = "1", seed: int = 7, forced: frozenset[str] = frozenset()) -> BuildRecord:
    return BuildRecord.read(file, code=code, seed=seed, forced=forced)


def test_a_step_runs_again_only_where_what_it_reads_has_changed(tmp_path: Path) -> None:
    reads, file = {"files": "a"}, tmp_path / "build.json"
    step = Step("load", (), lambda: reads, lambda: "result")
    first = record(file)
    assert first.reason(step) == "has not run yet"
    first.run(step)
    assert record(file).reason(step) is None
    assert record(file, code="2").reason(step) is not None
    assert record(file, seed=8).reason(step) is not None
    assert record(file, forced=frozenset({"load"})).reason(step) == "forced"
    reads["files"] = "b"
    assert record(file).reason(step) == "its inputs, settings or code changed"


def test_a_step_runs_after_one_that_gave_another_result(tmp_path: Path) -> None:
    results = ["one"]
    before = Step("load", (), dict, lambda: results[-1])
    after = Step("snapshot", ("load",), dict, lambda: "snapshot")
    found = record(tmp_path / "build.json")
    found.run(before)
    found.run(after)
    found.run(before)
    assert found.reason(after) is None
    results.append("two")
    found.run(before)
    assert found.reason(after) == "its inputs, settings or code changed"


def test_a_result_or_an_export_that_is_gone_is_made_anew(tmp_path: Path) -> None:
    export, there = tmp_path / "rows.csv", [True]
    step = Step("kols", (), dict, lambda: "result", exists=lambda _: there[0], export=export)
    found = record(tmp_path / "build.json")
    found.run(step)
    assert found.reason(step) == "its export is gone"
    export.write_text("rows")
    assert found.reason(step) is None
    there[0] = False
    assert found.reason(step) == "its result is gone"


def test_a_step_without_a_result_leaves_no_earlier_export(tmp_path: Path) -> None:
    export, file = tmp_path / "rows.csv", tmp_path / "build.json"
    export.write_text("somebody who is left out now")
    step = Step("kols", (), dict, lambda: "result", export=export)
    found = record(file)
    found.run(step)
    found.skipped["kols"] = "nobody has the role KOL"
    found.forget(step)
    assert not export.exists()
    assert read_skipped(file) == {"kols": "nobody has the role KOL"}
    assert record(file).reason(step) == "has not run yet"


def test_a_damaged_record_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "build.json"
    for text in ("{", "[]", '{"steps": 3}'):
        file.write_text(text)
        assert record(file).done == {}
        assert read_skipped(file) == {}
