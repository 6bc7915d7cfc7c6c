import json

import numpy as np
import pytest

from graph.errors import ModelError, PrerequisiteError
from graph.recommend.model_io import load_model, read_about, save_model
from graph.recommend.split import full_split
from graph.recommend.target import choose_target
from graph.recommend.train import train
from graph.recommend.voters.popularity import Popularity
from tests.contract.recommender import checkerboard


@pytest.fixture
def folder(tmp_path):  # type: ignore[no-untyped-def]
    graph = checkerboard()
    model = Popularity().fit(full_split(graph, choose_target(graph, "Product")), np.random.default_rng(0))
    return save_model(model, tmp_path / "model", about={"seed": 3})


def test_about_is_read_without_the_tables(folder) -> None:  # type: ignore[no-untyped-def]
    (folder / "tables.safetensors").unlink()
    assert read_about(folder)["about"] == {"seed": 3}
    with pytest.raises(ModelError):
        load_model(folder)


def test_tables_are_mapped_and_open_with_the_library(folder) -> None:  # type: ignore[no-untyped-def]
    from safetensors.numpy import load_file

    strength = load_model(folder).model.state().arrays["strength"]
    assert isinstance(strength, np.memmap)
    assert np.array_equal(load_file(folder / "tables.safetensors")["model/strength"], strength)


def test_no_model(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PrerequisiteError, match="no model"):
        load_model(tmp_path / "nothing")


@pytest.mark.parametrize("damage", ["json", "kind", "format", "cut", "flip"])
def test_damage_is_a_sentence(folder, damage: str) -> None:  # type: ignore[no-untyped-def]
    header, tables = folder / "model.json", folder / "tables.safetensors"
    facts = json.loads(header.read_text("utf-8"))
    if damage == "json":
        header.write_text("{", "utf-8")
    elif damage in {"kind", "format"}:
        header.write_text(json.dumps(facts | {damage: 99 if damage == "format" else "oracle"}), "utf-8")
    elif damage == "cut":
        tables.write_bytes(tables.read_bytes()[:-8])
    else:
        content = bytearray(tables.read_bytes())
        content[-1] ^= 1
        tables.write_bytes(bytes(content))
    with pytest.raises(ModelError) as error:
        load_model(folder, verify=True)
    assert error.value.hint


def test_a_trained_model_carries_its_report(tmp_path) -> None:  # type: ignore[no-untyped-def]
    graph = checkerboard()
    trained = train(graph, choose_target(graph, "Product"), seed=4)
    about = load_model(save_model(trained.model, tmp_path / "m", about=trained.about)).about
    assert about["graph"] == graph.fingerprint
    assert about["seed"] == 4
    assert len(about["split"]["cuts"]) == 2
    assert {row["model"] for row in about["metrics"]} == {*trained.model.voters, "combined"}
