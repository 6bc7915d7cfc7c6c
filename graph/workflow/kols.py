"""Rank the KOLs of a workspace and keep the ranking."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from graph.workspace.identity import result_id

if TYPE_CHECKING:
    from graph.influence.kols.card_values import KolRanking
    from graph.workflow.campaign_inputs import CampaignInputs
    from graph.workspace.workspace import Workspace

KIND = "kols"


def rank_kols_of(workspace: Workspace, inputs: CampaignInputs) -> KolRanking:
    """The ranking; what the data lack is noted.

    Raises:
        PrerequisiteError: nobody has the role KOL, or everybody who has it is left out.
    """
    from graph.influence.kols.ranking import rank_kols

    for note in inputs.notes:
        workspace.listener.note(note)
    return rank_kols(
        inputs.graph,
        inputs.diffusion,
        audience=inputs.audience,
        fit=inputs.fit,
        value=inputs.value,
        target=inputs.product,
        excluded=inputs.excluded,
        rng=workspace.seed,
    )


def ranking_id(workspace: Workspace, inputs: CampaignInputs, *, product: str | None, segment: str | None = None) -> str:
    """The result id of a ranking."""
    asked = {"product": product} | ({} if segment is None else {"segment": segment})
    return result_id("kol rank", asked, inputs.fingerprints, workspace.seed)


def keep_ranking(workspace: Workspace, inputs: CampaignInputs, ranking: KolRanking, *, product: str | None) -> Path:
    """Keep a ranking under its result id, and make it the latest.

    Returns:
        The folder of the result.
    """
    from graph.influence.kols.ranking_io import SHORTLIST, KeptRanking, write_ranking

    name = ranking_id(workspace, inputs, product=product)
    folder = workspace.folder.results(KIND) / name
    rows = list(ranking.rows())
    shared = _shared(inputs, [row["id"] for row in rows[:SHORTLIST]])
    write_ranking(folder, KeptRanking(inputs.fingerprints, inputs.notes, product, rows, shared))
    workspace.folder.publish(KIND, name)
    return folder


def _shared(inputs: CampaignInputs, kols: list[str]) -> list[list[float | None]]:
    """Share of each KOL's audience that each other one has too; None without an audience."""
    from graph.influence.kols.overlap import audience_overlap

    shares = audience_overlap(inputs.audience, inputs.graph.ids("Person").numbers(kols))
    return [[None if isnan(share) else share for share in row] for row in shares.tolist()]
