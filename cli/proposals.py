"""Commands proposed in hints and notes, completed by the options of the running command."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Commands that take ``-w``, ``--store``, ``--shared`` and ``--exclude``; a test compares them with the command tree.
TAKE_STORE = frozenset((
    "build", "campaign plan", "cypher", "data check", "data load", "data rejects fix", "data rejects list",
    "data rejects replay", "data snapshot", "doctor", "kol rank", "query run", "recommend", "run prune",
    "segment detect", "store status", "store wipe",
))  # fmt: skip
TAKE_WORKSPACE = (TAKE_STORE - {"build"}) | frozenset((
    "data describe", "data export", "kol show", "link next", "link train", "model compare", "model evaluate",
    "model list", "model promote",
    "model refresh", "model rollback", "model show", "model train",
    "report build", "run list", "run show", "segment list", "segment show", "store compact",
))  # fmt: skip
TAKE_SHARED = frozenset(("build", "data load", "data rejects replay"))
TAKE_EXCLUDE = frozenset((
    "build", "campaign plan", "data export", "kol rank", "kol show", "link next", "recommend", "report build",
    "segment detect",
    "segment list", "segment show",
))  # fmt: skip
_PROPOSED = re.compile(r"\bgraphvine ([a-z]+(?: [a-z]+){0,2})[^;,)\n]*")


@dataclass(frozen=True)
class Given:
    """Options of the running command that a proposed one needs as well.

    Attributes:
        workspace: `` -w DIR``; empty in the workspace itself.
        store: `` --store NAME``; empty where the settings decide.
        shared: `` --shared``; empty without.
        exclude: `` --exclude FILE``, and what is to be done about unknown ids in it; empty without.
    """

    workspace: str = ""
    store: str = ""
    shared: str = ""
    exclude: str = ""


def completed(text: str, given: Given) -> str:
    """A text in which every graphvine command has the options that it needs and does not have yet.

    Args:
        text: A hint, a note, or a command.
        given: The options in force.
    """

    def complete(found: re.Match[str]) -> str:
        words = found[1].split(" ")
        name = next((c for n in (3, 2, 1) if (c := " ".join(words[:n])) in TAKE_WORKSPACE | TAKE_STORE), None)
        if name is None:
            return found[0]
        options = (
            (given.workspace, " -w ", name in TAKE_WORKSPACE),
            (given.store, " --store", name in TAKE_STORE),
            (given.shared, " --shared", name in TAKE_SHARED),
            (given.exclude, " --exclude", name in TAKE_EXCLUDE),
        )
        more = "".join(option for option, mark, taken in options if taken and mark not in found[0])
        start = len("graphvine ") + len(name)
        return found[0][:start] + more + found[0][start:]

    return _PROPOSED.sub(complete, text)
