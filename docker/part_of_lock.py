"""Print the part of a lock file that some packages need, hashes and all: part_of_lock.py LOCK [PACKAGE ...].

Without packages it is the part that the product itself needs, less what only its developers do.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_PRODUCT = "graphvine (pyproject.toml)"
_BEGIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==", re.MULTILINE)


def part_of(lock: str, packages: tuple[str, ...] = ()) -> str:
    """The entries of these packages and of all that they need, as the notes in the lock tell who needs whom."""
    begins = list(_BEGIN.finditer(lock))
    ends = [begin.start() for begin in begins[1:]] + [len(lock)]
    entries = {begin[1]: lock[begin.start() : end] for begin, end in zip(begins, ends, strict=True)}
    needed_by = {
        name: set(re.findall(r"^    #(?: via|  ) +(\S.*)$", text, re.MULTILINE)) for name, text in entries.items()
    }
    kept = set(packages) or {name for name, whom in needed_by.items() if _PRODUCT in whom}
    unknown = kept - set(entries)
    if unknown:
        raise SystemExit(f"not in the lock: {', '.join(sorted(unknown))}")
    while more := {name for name, whom in needed_by.items() if whom & kept} - kept:
        kept |= more
    return "".join(entries[name] for name in sorted(kept))


if __name__ == "__main__":
    sys.stdout.write(part_of(Path(sys.argv[1]).read_text("utf-8"), tuple(sys.argv[2:])))
