"""The history of the models that served: what rollback goes back to, and what the file survives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.errors import PrerequisiteError
from graph.workflow.model_history import Change, History, How, find_model, read_history, write_history
from graph.workspace.folder import WorkspaceFolder

KIND = "models/product"


def history(*changes: tuple[str, How]) -> History:
    result = History()
    for number, (model, how) in enumerate(changes):
        result = result.serve(Change(model, how, "because", number))
    return result


def test_going_back_twice_goes_back_further() -> None:
    found = history(("a", "first"), ("b", "promoted"), ("c", "refreshed"))
    assert found.earlier(lambda _: True) == "b"
    found = found.serve(Change("b", "rolled back", "because", 3))
    assert found.earlier(lambda _: True) == "a"
    found = found.serve(Change("a", "rolled back", "because", 4))
    assert found.earlier(lambda _: True) is None
    assert found.serve(Change("c", "promoted", "because", 5)).earlier(lambda _: True) == "a"


def test_removed_models_are_passed_over() -> None:
    found = history(("a", "first"), ("b", "promoted"), ("c", "promoted"))
    assert found.earlier(lambda name: name != "b") == "a"


def test_a_model_that_serves_again_is_no_longer_an_earlier_one() -> None:
    found = history(("a", "first"), ("b", "promoted"), ("a", "promoted"))
    assert found.earlier(lambda _: True) == "b"
    assert found.change_to("a") == Change("a", "promoted", "because", 2)
    assert found.change_to("z") is None


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    folder = WorkspaceFolder(tmp_path)
    found = history(("a", "first"), ("b", "promoted"))
    write_history(folder, KIND, found)
    assert read_history(folder, KIND) == History("b", "b", found.changes)
    (tmp_path / KIND / "b").mkdir()
    assert folder.latest(KIND, command="").name == "b"


def test_a_pointer_without_a_history_serves_and_a_broken_one_counts_as_none(tmp_path: Path) -> None:
    folder = WorkspaceFolder(tmp_path)
    assert read_history(folder, KIND) == History()
    folder.publish(KIND, "a")
    assert read_history(folder, KIND) == History("a", "a", ())
    for text in ("", "[]", '{"latest": "a", "history": [{"odd": 1}]}', json.dumps({"newest": "a"})):
        folder.pointer(KIND).write_text(text)
        assert read_history(folder, KIND) == History()
    with pytest.raises(PrerequisiteError, match="can serve"):
        write_history(folder, KIND, History())


def test_models_are_found_by_what_they_are(tmp_path: Path) -> None:
    folder = WorkspaceFolder(tmp_path)
    for name in ("aa", "ab", "b"):
        (tmp_path / KIND / name).mkdir(parents=True)
    write_history(folder, KIND, History("aa", "b", ()))
    assert find_model(folder, KIND, "serving", command="c").name == "aa"
    assert find_model(folder, KIND, "latest", command="c").name == "b"
    assert find_model(folder, KIND, "ab", command="c").name == "ab"
    (tmp_path / KIND / "b").rmdir()
    assert find_model(folder, KIND, "latest", command="c").name == "aa"
    with pytest.raises(PrerequisiteError):
        find_model(folder, KIND, "zz", command="c")
