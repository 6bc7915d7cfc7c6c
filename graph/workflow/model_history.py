"""Which model of a target serves, which ones did before, and why: one small file that is replaced as a whole.

The file is ``latest.json`` in the folder of the target's models. Its ``latest`` is the model that serves, which is what
``WorkspaceFolder.latest`` reads; beside it stand the model made last and every change so far.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from graph.errors import PrerequisiteError
from graph.workspace.folder import WorkspaceFolder, in_words

How = Literal["first", "promoted", "forced", "refreshed", "rolled back"]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the model that serves.

    Attributes:
        model: The model that serves from then on.
        how: ``first`` (there was none), ``promoted`` (it passed the rule), ``forced`` (it did not, or was not asked),
            ``refreshed`` (it took the place of its parent) or ``rolled back``.
        why: A sentence.
        at: When, UTC seconds.
    """

    model: str
    how: How
    why: str
    at: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A model that was not let to serve.

    Attributes:
        model: The model.
        why: A sentence.
        at: When, UTC seconds.
    """

    model: str
    why: str
    at: int


@dataclass(frozen=True, slots=True)
class History:
    """The models of a target that have served.

    Attributes:
        serving: The model that serves; None where there is none yet.
        newest: The model that was made last; None where there is none yet.
        changes: The oldest first.
        refused: The model that was refused last; None where none was.
    """

    serving: str | None = None
    newest: str | None = None
    changes: tuple[Change, ...] = ()
    refused: Refusal | None = None

    def change_to(self, model: str) -> Change | None:
        """The last change that made the model serve; None where it never did."""
        return next((change for change in reversed(self.changes) if change.model == model), None)

    def earlier(self, exists: Callable[[str], bool]) -> str | None:
        """The model to go back to: the one that served before the present one, and still exists.

        Models that were rolled back are passed over, so that going back twice goes back further.
        """
        stack: list[str] = []
        for change in self.changes:
            if change.how == "rolled back":
                while stack and stack[-1] != change.model:
                    stack.pop()
            else:
                stack = [model for model in stack if model != change.model]
                stack.append(change.model)
        return next((model for model in reversed(stack) if model != self.serving and exists(model)), None)

    def serve(self, change: Change) -> History:
        """The history after a change."""
        return replace(self, serving=change.model, changes=(*self.changes, change))


def read_history(folder: WorkspaceFolder, kind: str) -> History:
    """The history of a kind of models; an unreadable one counts as none."""
    try:
        facts: dict[str, Any] = json.loads(folder.pointer(kind).read_text("utf-8"))
        changes = tuple(Change(**change) for change in facts.get("history", ()))
        refused = Refusal(**facts["refused"]) if facts.get("refused") else None
        return History(str(facts["latest"]), str(facts.get("newest", facts["latest"])), changes, refused)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return History()


def write_history(folder: WorkspaceFolder, kind: str, history: History) -> None:
    """Replace the history of a kind of models as a whole; ``history.serving`` serves from then on.

    Raises:
        PrerequisiteError: no model serves in it.
    """
    if history.serving is None:
        target = kind.rpartition("/")[2]
        raise PrerequisiteError(
            f"none of the {in_words(kind)} can serve", hint=f"train one: graphvine model train --target {target}"
        )
    changes = [asdict(change) for change in history.changes]
    refused = None if history.refused is None else asdict(history.refused)
    folder.publish(kind, history.serving, newest=history.newest or history.serving, history=changes, refused=refused)


def find_model(folder: WorkspaceFolder, kind: str, name: str, *, command: str) -> Path:
    """A kept model by ``serving``, ``latest`` (the one made last), its name, or a unique beginning of its name.

    Raises:
        PrerequisiteError: there is no such model.
        ConfigError: several models begin like that.
    """
    if name == "serving":
        return folder.latest(kind, command=command)
    if name == "latest":
        newest = read_history(folder, kind).newest
        if newest is None or not (folder.results(kind) / newest).is_dir():
            return folder.latest(kind, command=command)
        return folder.results(kind) / newest
    return folder.find(kind, name, command=command)
