"""The examples of CONTRIBUTING.md are what is said: each is taken from the page and run."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from cli.options import StoreName
from graph.ingest.formats import FORMATS
from graph.recommend import voters
from graph.recommend.registry import default_voters, voter_kinds
from graph.schema import MARKET, EdgeKey
from graph.workspace.folder import WorkspaceFolder
from graph.workspace.settings import StoreKind
from tests.contract.file_format import FileFormatContract
from tests.contract.recommender import RecommenderContract, market

__all__ = ["market"]

PAGE = (Path(__file__).resolve().parents[2] / "CONTRIBUTING.md").read_text("utf-8")


def block(language: str, words: str) -> str:
    """The only code block of that language that contains these words."""
    (found,) = (b for b in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) if words in b)
    return str(found)


def names_of(text: str) -> dict[str, Any]:
    """What a module with that text defines."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(text, "CONTRIBUTING.md", "exec", dont_inherit=True), names)
    return names


@pytest.fixture(scope="module")
def added_voter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The package ``voters`` with one more file."""
    folder = tmp_path_factory.mktemp("voters")
    (folder / "brand_loyalty.py").write_text(block("python", "VOTER = Voter("), "utf-8")
    voters.__path__.append(str(folder))
    try:
        yield
    finally:
        voters.__path__.remove(str(folder))
        sys.modules.pop("graph.recommend.voters.brand_loyalty", None)


@pytest.mark.usefixtures("added_voter")
class TestVoter(RecommenderContract):
    """The voter, as the one new file in ``voters/``, passes the suite."""

    def voter(self) -> Any:
        assert "brand-loyalty" in voter_kinds()
        (one,) = (voter for voter in default_voters() if voter.name == "brand-loyalty")
        return one


class TestFormat(FileFormatContract):
    """The line, inside the tuple of ``FORMATS``, passes the suite with the files of the printed test."""

    name, ending = "psv", ".psv"

    @pytest.fixture(autouse=True)
    def added(self, monkeypatch: pytest.MonkeyPatch) -> None:
        line = block("python", 'DelimitedText("psv"')
        text = "from graph.ingest.csv.delimited import DelimitedText\nadded = (\n" + line + ")\n"
        (made,) = names_of(text)["added"]
        monkeypatch.setitem(FORMATS, made.name, made)

    def content(self, *arguments: Any) -> bytes:
        return bytes(_printed_format_test().content(*arguments))

    def broken(self, *arguments: Any) -> bytes:
        return bytes(_printed_format_test().broken(*arguments))


def _printed_format_test() -> Any:
    return names_of(block("python", "class TestPsv"))["TestPsv"]()


def test_the_store_holds_a_market_and_its_folder_is_removed_with_it() -> None:
    store = names_of(block("python", "class TemporaryStore"))["TemporaryStore"](MARKET)
    store.ensure_schema()
    folder = store.file.parent
    assert store.snapshot().fingerprint
    del store
    assert not folder.exists()


def test_every_kind_of_store_can_be_asked_for() -> None:
    assert {name.value for name in StoreName} == set(get_args(StoreKind))


def test_the_relation_is_in_the_schema_of_its_workspace(tmp_path: Path) -> None:
    (tmp_path / "schema.toml").write_text(block("toml", "TRIED_ON"), "utf-8")
    edge = WorkspaceFolder(tmp_path).schema("mapping.toml").edge(EdgeKey("Person", "TRIED_ON", "Product"))
    assert edge.meaning.role == "intend"
