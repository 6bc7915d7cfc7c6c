"""What KOL rankings and plans are computed from: who influences whom, what each person counts for, who is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.errors import PrerequisiteError
from graph.trust.lists import Purpose
from graph.workflow.items import find_item
from graph.workflow.models import kind_of, train_command
from graph.workflow.segments import segments_of
from graph.workspace.identity import fingerprint

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.influence.diffusion import Diffusion
    from graph.influence.learning.audience import Audience
    from graph.workspace.workspace import Workspace


@dataclass(frozen=True)
class CampaignInputs:
    """The inputs of a ranking or a plan.

    Attributes:
        graph: The snapshot.
        audience: Who follows and reacts to whom in it.
        diffusion: Who moves whom, learned from the audience.
        value: What reaching each person counts for, float64 (n,); None where everybody counts one.
        fit: Each person's affinity for the product, float64 (n,); None without a product.
        product: (node type, number) of the product, or None.
        excluded: Numbers of people who may not be used for marketing.
        fingerprints: Name to fingerprint of what all this was made from.
        notes: What the data lack, a sentence each: reactions of a platform, prices.
    """

    graph: HeteroGraph
    audience: Audience
    diffusion: Diffusion
    value: Any
    fit: Any
    product: tuple[str, int] | None
    excluded: Any
    fingerprints: dict[str, str]
    notes: list[str]


def campaign_inputs(workspace: Workspace, *, product: str | None, segment: str | None) -> CampaignInputs:
    """Learn who moves whom, and weigh the people.

    Args:
        workspace: The workspace.
        product: Item that the campaign is for: people count by their affinity for it; None for none.
        segment: Only its people count; None for everybody.

    Raises:
        PrerequisiteError: the market has no ties between people, or the product has no model.
        ConfigError: there is no such product or segment.
    """
    from graph.influence.learning.audience import StrengthConfig, gather_audience, tie_keys
    from graph.influence.learning.strengths import learn_strengths
    from graph.influence.person_attributes import cost_notes

    graph = workspace.graph()
    if not tie_keys(graph):
        raise PrerequisiteError(
            "nobody follows, refers or reacts to anybody in this market",
            hint=f"word of mouth needs one of {', '.join(workspace.schema.social())}: map a file of them and load it",
        )
    mask = workspace.mask(graph.ids("Person"))
    fingerprints = {"snapshot": graph.fingerprint, **mask.left_out}
    item, fit, value = None, None, None
    if product is not None:
        item = find_item(graph, product)
        fit, fingerprints["model"] = _affinity(workspace, graph, item)
        value = fit
    if segment is not None:
        inside, found = _members(workspace, graph, segment)
        fingerprints["segment"] = f"{segment} of {found}"
        value = inside * 1.0 if value is None else value * inside
    excluded = mask.numbers(Purpose.MARKETING)
    audience = gather_audience(graph, config=StrengthConfig())
    notes = audience.coverage.notes() + cost_notes(graph, excluded=excluded)
    diffusion = learn_strengths(graph, audience=audience)
    return CampaignInputs(graph, audience, diffusion, value, fit, item, excluded, fingerprints, notes)


def _affinity(workspace: Workspace, graph: HeteroGraph, item: tuple[str, int]) -> tuple[Any, str]:
    """Each person's affinity for the item by the model of its type that serves, 0 for owners; and the model's name."""
    from graph.recommend.affinity.chances import affinity
    from graph.recommend.affinity.rank_curve import RankCurve
    from graph.recommend.model_io import load_model

    target = item[0].lower()
    folder = workspace.folder.latest(kind_of(target), command=train_command(target))
    workspace.listener.note(f"affinities by model {target}/{folder.name}")
    saved = load_model(folder, verify=True)
    period, curve = saved.about["period"], RankCurve.of_json(saved.about["rank_curve"])
    return affinity(saved.model, graph, item[1], curve=curve, period=period), folder.name


def _members(workspace: Workspace, graph: HeteroGraph, segment: str) -> tuple[Any, str]:
    """Who belongs to the segment, bool (n,), and a fingerprint of the segments that it is one of."""
    import numpy as np

    found = segments_of(workspace, graph).segmentation
    inside = np.zeros(graph.count("Person"), np.bool_)
    inside[found.members(segment)] = True
    return inside, fingerprint(found.as_dict())
