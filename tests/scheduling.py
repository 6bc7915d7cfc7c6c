"""Which tests run in one process where several run beside one another: those that share something dear, else a file."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

_ROOT = Path(__file__).parents[1]
# A server takes ten seconds of CPU to start and to warm up.
_SERVER = re.compile(r"\b(neo4j_\w+|on_neo4j|make_server)\b")
# Tests of the commands ask for a market that takes as long to build.
_COMMANDS, _MARKET = "tests/cli/", re.compile(r"\bmarket: Path\b")


class TogetherScheduling(LoadScopeScheduling):
    """Hands out whole groups of tests; takes what ``pytest_xdist_make_scheduler`` is given."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])


@cache
def group_of(file: str) -> str:
    """The group of a file of tests, which is named from the root of the project."""
    text = (_ROOT / file).read_text("utf-8")
    if file.startswith(_COMMANDS) and _MARKET.search(text):
        return "market"
    return "server" if _SERVER.search(text) else file
