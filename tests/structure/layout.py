"""Check the layout of the packages: no import circle between modules, no folder with too many files.

Run as ``python -m tests.structure.layout``; it prints what is wrong and exits with 1. import-linter checks in which
direction packages import each other; this checks modules. Every import counts, also one inside a function or under
``TYPE_CHECKING``: such an import hides a circle and does not remove it.
"""

from __future__ import annotations

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("graph", "gnn", "cli", "queries")
MAX_FILES = 15


def modules(root: Path) -> dict[str, Path]:
    """Dotted name of every module of the packages, and its file."""
    files = [file for package in PACKAGES for file in sorted((root / package).rglob("*.py"))]
    return {".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def imports(name: str, file: Path, known: dict[str, Path]) -> set[str]:
    """Those of the known modules that a module imports, wherever the import stands."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package.split(".")[: len(package.split(".")) + 1 - node.level]) if node.level else ""
            source = ".".join(filter(None, (above, node.module)))
            names = {f"{source}.{alias.name}" for alias in node.names}
            found |= names & set(known) | ({source} if names - set(known) else set())
    return found & set(known) - {name}


def circles(root: Path) -> list[str]:
    """Import circles, each as one line ``a -> b -> a``."""
    known = modules(root)
    graph = {name: imports(name, file, known) for name, file in known.items()}
    found = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            path = error.args[1][::-1]
            found.append("import circle: " + " -> ".join(path))
            graph[path[0]].discard(path[1])
        else:
            return found


def large_folders(root: Path) -> list[str]:
    """Folders with more than fifteen modules and no package inside, each as one line."""
    found = []
    for package in PACKAGES:
        for folder in sorted({file.parent for file in (root / package).rglob("*.py")}):
            count = len([file for file in folder.glob("*.py") if file.name != "__init__.py"])
            if count > MAX_FILES and not any(folder.glob("*/*.py")):
                found.append(f"{folder.relative_to(root)} has {count} files: group them into packages by subject")
    return found


def main() -> int:
    """Print all problems."""
    problems = circles(ROOT) + large_folders(ROOT)
    sys.stdout.writelines(f"{line}\n" for line in problems)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
