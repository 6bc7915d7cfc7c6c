from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ConfigError, DataError
from graph.ingest.mapping.file_mapping import FileMapping
from graph.ingest.sources import find_sources, named_sources

FILES = (
    "orders.csv", "._orders.csv", ".hidden.csv", "a[1].csv", "readme.md",
    "day/part-00000", "day/part-00001", "day/_SUCCESS", "day/.part-00000.crc",
    "shop/1.csv", "shop/2.csv.gz", "shop/3.PARQUET", "shop/notes.md", "shop/old/4.tsv", "shop/.tmp/5.csv",
    "shop/_temporary/6.csv", ".stdin-x/7.csv", "shop/orders.csv",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("u\n")
    return tmp_path


def entry(path: str, format: str = "auto") -> FileMapping:
    return FileMapping(path, node="Person", id="u", format=format)


SHOP = ["shop/1.csv", "shop/2.csv.gz", "shop/3.PARQUET", "shop/old/4.tsv", "shop/orders.csv"]
CASES: list[tuple[str, str, list[str]]] = [
    ("orders.csv", "auto", ["orders.csv"]),
    ("./orders.csv", "auto", ["orders.csv"]),
    (".hidden.csv", "auto", [".hidden.csv"]),
    ("a[1].csv", "auto", ["a[1].csv"]),
    ("*.csv", "auto", ["a[1].csv", "orders.csv"]),
    (".*.csv", "auto", ["._orders.csv", ".hidden.csv"]),
    ("**/*.csv", "auto", ["a[1].csv", "orders.csv", "shop/1.csv", "shop/_temporary/6.csv", "shop/orders.csv"]),
    ("shop", "auto", SHOP),
    ("shop/", "auto", SHOP),
    ("./shop/", "auto", SHOP),
    ("shop/", "csv", sorted([*SHOP, "shop/notes.md"])),
    ("shop/?.csv", "auto", ["shop/1.csv"]),
    ("shop/[0-9].csv*", "auto", ["shop/1.csv", "shop/2.csv.gz"]),
    ("shop/**/*.tsv", "auto", ["shop/old/4.tsv"]),
    ("day/", "csv", ["day/part-00000", "day/part-00001"]),
    ("day/part-*", "auto", ["day/part-00000", "day/part-00001"]),
]


@pytest.mark.parametrize(("path", "format", "expected"), CASES)
def test_the_files_of_a_path(folder: Path, path: str, format: str, expected: list[str]) -> None:
    found = find_sources(folder, (entry(path, format),))
    assert [source.name for source in found] == expected
    assert [source.file for source in found] == [folder / name for name in expected]
    # Each of them is known by its name alone, when the file is gone.
    for source in found:
        assert [s.mapping for s in named_sources(source.name, [source.mapping])] == [source.mapping]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("shop/orders.csv", "orders.csv"),
        ("shop/orders.csv", "*.csv"),
        ("orders.csv", "shop/*.csv"),
        ("shop/old/4.tsv", "shop/*.tsv"),
        ("shopping/1.csv", "shop"),
        ("shopping/1.csv", "shop/"),
        ("xshop/1.csv", "**/shop/*.csv"),
        ("orders.csv.gz", "orders.csv"),
    ],
)
def test_a_file_of_another_folder_is_another_file(name: str, path: str) -> None:
    assert named_sources(name, [entry(path)]) == []


def test_the_folder_itself(folder: Path) -> None:
    found = find_sources(folder / "shop", (entry("."),))
    assert [source.name for source in found] == [name.removeprefix("shop/") for name in SHOP]
    assert named_sources("old/4.tsv", [entry(".")])


def test_folders_beside(folder: Path) -> None:
    (source,) = find_sources(folder / "day", (entry("../orders.csv"),))
    assert source.name == "../orders.csv"
    assert named_sources(source.name, [source.mapping])
    found = find_sources(folder / "day", (entry("../shop/*.csv"),))
    assert [s.name for s in found] == ["../shop/1.csv", "../shop/orders.csv"]


@pytest.mark.parametrize(
    ("path", "says", "hint"),
    [
        ("oders.csv", "no such file", "did you mean 'orders.csv'"),
        ("day/", "no such file", "declare what it holds"),
        ("zzzz/*", "no such file", "expects it in"),
    ],
)
def test_a_path_without_files(folder: Path, path: str, says: str, hint: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        find_sources(folder, (entry(path),))
    assert hint in caught.value.hint


def test_given_files_are_read_by_every_entry_that_fits(folder: Path) -> None:
    entries = (entry("orders.csv"), entry("shop/"), FileMapping("*.csv", source="a", target="b"))
    given_file = folder / "elsewhere.csv"
    found = find_sources(folder, entries, given={"orders.csv": given_file})
    assert [(s.file, s.name, s.mapping.path) for s in found] == [
        (given_file, "orders.csv", "orders.csv"),
        (given_file, "orders.csv", "*.csv"),
    ]
    assert [s.mapping.path for s in find_sources(folder, entries, given={"shop/9.csv": given_file})] == ["shop/"]
    with pytest.raises(ConfigError, match=r"no entry for 'users\.tsv'") as caught:
        find_sources(folder, entries, given={"users.tsv": given_file})
    assert "orders.csv, shop/" in caught.value.hint


PARTS = st.lists(st.sampled_from(["a", "b", "ab", "x.csv"]), min_size=1, max_size=4)
PATTERNS = st.lists(st.sampled_from(["a", "b", "?", "*", "**", "*.csv", "[ab]"]), min_size=1, max_size=4)


@given(name=PARTS, pattern=PATTERNS)
def test_names_fit_as_the_folder_would_be_searched(
    tmp_path_factory: pytest.TempPathFactory, name: list[str], pattern: list[str]
) -> None:
    root = tmp_path_factory.getbasetemp() / "tree"
    path = "/".join(pattern)
    file = root.joinpath(*name)
    if not file.exists() and not any(parent.is_file() for parent in file.parents) and not file.is_dir():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    if not file.is_file():
        return
    found = file in set(root.glob(path)) or ((root / path).is_dir() and file.is_relative_to(root / path))
    assert bool(named_sources("/".join(name), [entry(path)])) == found
