"""What kol and campaign share: who influences whom, what each person is worth, and who must be left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.session import Session
from cli.steps import fingerprint
from graph.errors import ConfigError, PrerequisiteError
from graph.trust.lists import Purpose

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.influence import Diffusion
    from graph.trust.mask import PeopleMask


@dataclass(frozen=True)
class Audience:
    """The people whom a plan is about.

    Attributes:
        graph: The snapshot.
        diffusion: Who moves whom, learned from the snapshot.
        value: What reaching each person counts for, float64 (n,); None where everybody counts one.
        fit: Each person's affinity for the product, float64 (n,); None without a product.
        product: (node type, number) of the product, or None.
        excluded: Numbers of people who may not be used for marketing.
        inputs: Name to fingerprint of what all this was made from.
        notes: What the data lack, a sentence each: reactions of a platform, prices.
    """

    graph: HeteroGraph
    diffusion: Diffusion
    value: Any
    fit: Any
    product: tuple[str, int] | None
    excluded: Any
    inputs: dict[str, str]
    notes: list[str]


def gather(session: Session, *, product: str | None, segment: str | None) -> Audience:
    """Learn the strengths and weigh the people.

    Raises:
        PrerequisiteError: the market has no ties between people, or the product has no model.
        ConfigError: there is no such product or segment.
    """
    from graph.influence import StrengthConfig, cost_notes, gather_audience, learn_strengths, tie_keys

    graph = session.graph()
    if not tie_keys(graph):
        raise PrerequisiteError(
            "nobody follows, refers or reacts to anybody in this market",
            hint=f"word of mouth needs one of {', '.join(session.schema.social())}: map a file of them and load it",
        )
    inputs = {"snapshot": graph.fingerprint}
    mask = session.mask(graph.ids("Person"))
    inputs |= left_out(mask)
    item, fit, value = None, None, None
    if product is not None:
        item = find_item(graph, product)
        fit, inputs["model"] = _affinity(session, graph, item)
        value = fit
    if segment is not None:
        inside, found = _members(session, graph, segment)
        inputs["segment"] = f"{segment} of {found}"
        value = inside * 1.0 if value is None else value * inside
    excluded = mask.numbers(Purpose.MARKETING)
    people = gather_audience(graph, config=StrengthConfig())
    notes = people.coverage.notes() + cost_notes(graph, excluded=excluded)
    return Audience(graph, learn_strengths(graph, audience=people), value, fit, item, excluded, inputs, notes)


def left_out(mask: PeopleMask) -> dict[str, str]:
    """Who was left out of a result for marketing, as an input of it; empty where nobody was."""
    left = mask.fingerprint(Purpose.MARKETING)
    return {} if left is None else {"left_out": left}


def find_item(graph: HeteroGraph, item: str) -> tuple[str, int]:
    """Node type and number of an item, named by its id or, where several types have it, as ``Vehicle:ID``.

    Raises:
        ConfigError: there is none of that id, or one of several types.
    """
    kind, colon, rest = item.partition(":")
    types = {name.lower(): name for name in graph.schema.targets()}
    named = types.get(kind.lower()) if colon else None
    choices = [(named, rest)] if named else [(node_type, item) for node_type in types.values()]
    found = []
    for node_type, name in choices:
        number = graph.ids(node_type).texts.find(name) if graph.count(node_type) else -1
        if number >= 0:
            found.append((node_type, number))
    if not found:
        known = [name for name in types.values() if graph.count(name)]
        raise ConfigError(
            f"{item!r} is no {' or '.join(known).lower() or 'item'}",
            hint=f"ids are matched exactly; see `graphvine data export {(known or ['Product'])[-1]}`",
        )
    if len(found) > 1:
        what = " and ".join(f"a {node_type.lower()}" for node_type, _ in found)
        hint = " or ".join(f"{node_type}:{item}" for node_type, _ in found)
        raise ConfigError(f"{item!r} is both {what}", hint=f"write {hint}")
    return found[0]


def _affinity(session: Session, graph: HeteroGraph, item: tuple[str, int]) -> tuple[Any, str]:
    """Each person's affinity for the item by the newest model of its type, 0 for owners; and the model's name."""
    from graph.recommend.affinity import affinity
    from graph.recommend.model_io import load_model

    target = item[0].lower()
    folder = session.workspace.latest(f"models/{target}", command=f"graphvine model train --target {target}")
    session.terminal.note(f"affinities by model {target}/{folder.name}")
    saved = load_model(folder)
    period, temperature = saved.about["period"], saved.about["temperature"]
    return affinity(saved.model, graph, item[1], temperature=temperature, period=period), folder.name


def _members(session: Session, graph: HeteroGraph, segment: str) -> tuple[Any, str]:
    """Who belongs to the segment, bool (n,), and a fingerprint of the segments that it is one of."""
    import numpy as np

    from cli.commands.segment import current_segments

    found = current_segments(session, graph)
    inside = np.zeros(graph.count("Person"), np.bool_)
    inside[found.members(segment)] = True
    return inside, fingerprint(found.as_dict())
