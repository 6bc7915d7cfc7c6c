"""Print the part of a lock file that some packages need, hashes and all: part_of_lock.py LOCK [PACKAGE ...].

Without packages it is the part that the product itself needs, its extras included, and not what only its developers
need. ``--without NAME,NAME`` leaves out packages that the product names, and what only these need:
``--without torch,torch-geometric`` gives the product without its extra ``gnn``.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

_PRODUCT = "graphvine (pyproject.toml)"
_BEGIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==", re.MULTILINE)


def part_of(lock: str, packages: tuple[str, ...] = (), *, without: frozenset[str] = frozenset()) -> str:
    """The entries of these packages and of all that they need, as the notes in the lock tell who needs whom."""
    begins = list(_BEGIN.finditer(lock))
    ends = [begin.start() for begin in begins[1:]] + [len(lock)]
    entries = {begin[1]: lock[begin.start() : end] for begin, end in zip(begins, ends, strict=True)}
    needed_by = {
        name: set(re.findall(r"^    #(?: via|  ) +(\S.*)$", text, re.MULTILINE)) for name, text in entries.items()
    }
    kept = set(packages) or {name for name, whom in needed_by.items() if _PRODUCT in whom}
    if unknown := (kept | without) - set(entries):
        raise SystemExit(f"not in the lock: {', '.join(sorted(unknown))}")
    kept -= without
    while more := {name for name, whom in needed_by.items() if whom & kept} - kept - without:
        kept |= more
    return "".join(entries[name] for name in sorted(kept))


def main() -> None:
    """Print the part that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", type=Path)
    parser.add_argument("packages", nargs="*")
    parser.add_argument("--without", default="", metavar="NAMES", help="comma-separated")
    asked = parser.parse_args()
    without = frozenset(filter(None, asked.without.split(",")))
    sys.stdout.write(part_of(asked.lock.read_text("utf-8"), tuple(asked.packages), without=without))


if __name__ == "__main__":
    main()
