"""The rules in force in a workspace, resolved on its graph."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from graph.errors import DataError, PrerequisiteError
from graph.workspace.identity import fingerprint
from graph.workspace.rules_file import read_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.hetero import HeteroGraph
    from graph.ids import IdMap
    from graph.recommend.rules.applied import Applied
    from graph.recommend.rules.rules import Rules
    from graph.recommend.target import Target
    from graph.workspace.workspace import Workspace

# Ids that a note or an error names.
_NAMED = 20


def configured_rules(workspace: Workspace, target: str) -> Rules | None:
    """The rules that the settings name for a target; None where they name none.

    Args:
        workspace: The workspace.
        target: From ``Workspace.target``.

    Raises:
        ConfigError: a target of the setting is not known, or the file is wrong.
        DataError: the file, or a list of ids that it names, is not there.
    """
    named = workspace.settings.recommend.rules
    if not isinstance(named, str):
        named = {workspace.target(name): file for name, file in named.items()}.get(target, "")
    return read_rules(workspace.folder.root / named) if named else None


def rules_fingerprint(rules: Rules | None) -> dict[str, str]:
    """The rules, with all ids that they list, as an input of a result; empty where there are none."""
    return {} if rules is None else {"rules": fingerprint(rules.to_json())}


def apply_rules(workspace: Workspace, graph: HeteroGraph, target: Target, rules: Rules) -> Applied:
    """The rules on a graph. Ids to leave out are matched as those of a do-not-contact list are.

    An id that is in doubt stops, or leaves out everything that it may stand for, as the workspace says of unknown ids.
    An item to leave out that is like no item of the graph is told in a note, since nobody can be offered it.

    Raises:
        DataError: an id to leave out is in doubt, or no candidate is known.
        ConfigError: a rule names a column that there is not.
        PrerequisiteError: nothing has a value in the column of a rule.
    """
    from graph.recommend.features import Features
    from graph.recommend.rules.applied import Applied
    from graph.recommend.rules.item_rules import unmatched_values

    people, items = graph.ids("Person"), graph.ids(target.node_type)
    found = replace(
        rules,
        exclude_people=_left_out(workspace, "people.exclude", rules.exclude_people, people, strict=True),
        exclude_items=_left_out(workspace, "items.exclude", rules.exclude_items, items, strict=False),
    )
    applied = Applied.of(found, Features(graph, target), schema=workspace.schema)
    for sentence in unmatched_values(rules, graph, workspace.schema, target.node_type):
        workspace.listener.note(sentence)
    if unknown := [one for one in rules.candidates or () if items.texts.find(one) < 0]:
        workspace.listener.note(
            f"items.candidates: {len(unknown):,} of {len(rules.candidates or ()):,} ids are no {target.node_type}: "
            f"{_names(unknown)}"
        )
    return applied


def check_rules(workspace: Workspace, graph: HeteroGraph, node_type: str, rules: Rules) -> None:
    """Refuse rules that name a column which the items or the people do not have, before a model is trained for them.

    Args:
        workspace: Its schema knows the columns.
        graph: The graph to recommend from.
        node_type: Type of the items.
        rules: The rules of that target.

    Raises:
        ConfigError: a rule names a column that there is not.
    """
    from graph.recommend.rules.attributes import attribute_of
    from graph.recommend.target import SOURCE

    columns = [(node_type, rule, column) for rule, column in rules.item_columns()]
    if rules.same_region is not None:
        columns.append((SOURCE, "pairs.same_region", rules.same_region.person))
    for kind, rule, column in columns:
        # That nothing has a value in a column is for the step that recommends, which is skipped then.
        with suppress(PrerequisiteError):
            attribute_of(graph, workspace.schema, kind, column, rule)


def _left_out(workspace: Workspace, rule: str, ids: Sequence[str], known: IdMap, *, strict: bool) -> tuple[str, ...]:
    """The known ids that a list leaves out.

    Args:
        workspace: Says what an id in doubt does.
        rule: Name of the rule, for messages.
        ids: The list.
        known: All ids.
        strict: Whether an id that is like no known one is in doubt too.
    """
    from graph.trust.lists import Entry
    from graph.trust.matching import match

    if not ids:
        return ()
    matched = match([Entry(text, line) for line, text in enumerate(ids, 1)], known)
    strangers = [one.entry.text for one in matched.doubts if one.kind == "unknown"]
    doubts = [one for one in matched.doubts if strict or one.kind not in ("unknown", "twin")]
    said = [one.sentence.partition(": ")[2] for one in doubts]
    if doubts and workspace.unknown_ids == "stop":
        raise DataError(
            f"{rule}: {len(doubts):,} of {len(ids):,} ids are in doubt: {'; '.join(said[:_NAMED])}",
            hint="correct them; or go on with --exclude-unknown ok, which leaves out all that they may stand for",
        )
    for text in said[:_NAMED]:
        workspace.listener.note(f"{rule}: {text}")
    if strangers and not strict:
        workspace.listener.note(f"{rule}: {len(strangers):,} of {len(ids):,} ids are not known: {_names(strangers)}")
    meant = {name for one in doubts for name in one.people}
    return tuple(sorted({*known.ids(matched.known), *meant}))


def _names(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(map(repr, ids[:_NAMED])) + more
