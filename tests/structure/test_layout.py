"""The layout check finds what it is for, and the packages pass it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.structure.layout import ROOT, circles, large_folders


def tree(root: Path, **files: str) -> Path:
    """Packages with these modules; ``__`` in a name stands for a folder."""
    for name, text in files.items():
        file = root / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(text, "utf-8")
    return root


def test_the_packages_pass() -> None:
    assert circles(ROOT) == []
    assert large_folders(ROOT) == []


@pytest.mark.parametrize(
    "back",
    [
        "import graph.a",
        "from graph.a import x",
        "from graph import a",
        "from . import a",
        "from .a import x",
        "def f():\n    from graph.a import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from graph.a import x",
    ],
)
def test_a_circle_is_found_wherever_the_import_stands(tmp_path: Path, back: str) -> None:
    root = tree(tmp_path, graph__a="from graph.b import y\n", graph__b="import graph.c\n", graph__c=back)
    assert circles(root) == ["import circle: graph.a -> graph.b -> graph.c -> graph.a"]


def test_a_circle_through_packages_is_found_and_a_package_s_own_modules_are_none(tmp_path: Path) -> None:
    root = tree(tmp_path, graph__one__a="import gnn.x", gnn__x="from graph.one import a, NAME", graph__b="")
    (tmp_path / "graph/one/__init__.py").write_text("from graph.one.a import NAME")
    assert len(circles(root)) == 2  # by way of the module, and of the package that imports it
    (tmp_path / "gnn/x.py").write_text("import graph.b")
    assert circles(root) == []


def test_a_folder_with_too_many_files_needs_packages_inside(tmp_path: Path) -> None:
    root = tree(tmp_path, **{f"cli__m{i}": "" for i in range(15)})
    assert large_folders(root) == []
    tree(tmp_path, cli__m15="")
    assert large_folders(root) == ["cli has 16 files: group them into packages by subject"]
    tree(tmp_path, cli__inner__m="")
    assert large_folders(root) == []
