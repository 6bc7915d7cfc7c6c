"""Choose whom to seed under a number of seeds or a budget, and keep the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import ConfigError
from graph.workspace.identity import result_id

if TYPE_CHECKING:
    from graph.influence.seeds import SeedSet
    from graph.workflow.campaign_inputs import CampaignInputs
    from graph.workspace.workspace import Workspace

KIND = "seeds"
# What spread counts for a product: reached people who are expected to take it, whether or not the word moved them.
TAKERS = "expected takers reached"


def choose_seeds(workspace: Workspace, inputs: CampaignInputs, *, seeds: int | None, budget: float | None) -> SeedSet:
    """Seeds under the given limits; candidates are the KOLs, or everybody where nobody has that role.

    Raises:
        ConfigError: no limit is given.
        PrerequisiteError: there is nobody to choose from, or nobody whom the budget pays for.
    """
    from graph.influence.person_attributes import person_cost, person_number, seed_candidates
    from graph.influence.seeds import select_seeds

    if seeds is None and budget is None:
        raise ConfigError("a plan needs a limit", hint="give --seeds K or --budget YUAN")
    graph = inputs.graph
    candidates = seed_candidates(graph)
    if candidates is None:
        workspace.listener.note("nobody has the role KOL, so everybody is a candidate")
    chosen = select_seeds(
        inputs.diffusion,
        k=seeds,
        budget=budget,
        costs=person_cost(graph),
        candidates=candidates,
        excluded=inputs.excluded,
        value=inputs.value,
        followers=person_number(graph, "followers"),
        rng=workspace.seed,
    )
    return replace(chosen, people=graph.ids("Person"))


def plan_notes(inputs: CampaignInputs, *, budget: float | None) -> list[str]:
    """What the data lack that a plan would need, a sentence each."""
    import numpy as np

    from graph.influence.person_attributes import seed_candidates, unpriced_notes

    kols = seed_candidates(inputs.graph)
    candidates = np.ones(inputs.diffusion.n, np.bool_) if kols is None else kols.copy()
    candidates[inputs.excluded] = False
    return [*inputs.notes, *unpriced_notes(inputs.graph, candidates, budget=budget)]


def plan_rows(inputs: CampaignInputs, chosen: SeedSet) -> list[dict[str, Any]]:
    """The seeds in order, with their names; None for somebody without one."""
    names: Any = inputs.graph.nodes["Person"].columns.get("name")
    return [
        {**row, "name": (names[number] or None) if names is not None else None}
        for row, number in zip(chosen.rows(), chosen.seeds.tolist(), strict=True)
    ]


def keep_plan(workspace: Workspace, inputs: CampaignInputs, chosen: SeedSet, **asked: Any) -> Path:
    """Keep a plan under its result id, and make it the latest.

    Args:
        workspace: The workspace.
        inputs: What the seeds were chosen from.
        chosen: The seeds.
        asked: What was asked for: seeds, budget, product, segment.

    Returns:
        The folder of the result.
    """
    from graph.influence.plan_io import KeptPlan, write_plan

    name = result_id("campaign plan", asked, inputs.fingerprints, workspace.seed)
    notes, rows = plan_notes(inputs, budget=asked["budget"]), plan_rows(inputs, chosen)
    plan = KeptPlan.of(chosen, asked=asked, inputs=inputs.fingerprints, notes=notes, seeds=rows)
    folder = write_plan(workspace.folder.results(KIND) / name, plan)
    workspace.folder.publish(KIND, name)
    return folder


def summary_of(chosen: SeedSet, *, unit: str) -> Iterator[str]:
    """What a plan reaches beside the usual rules, a sentence each.

    Args:
        chosen: The seeds.
        unit: What spread counts: ``people``, or ``TAKERS`` for a product.
    """
    if not len(chosen.seeds):
        yield "no seed fits the limits"
        return
    spent = "" if chosen.cost is None or not chosen.cost else f" for {chosen.cost:,.0f} yuan"
    yield (
        f"{len(chosen.seeds)} seeds{spent}: {figure(chosen.total)} {unit}"
        f" (90%: {figure(chosen.low[-1])} to {figure(chosen.high[-1])})"
    )
    yield f"the seeds themselves are {figure(chosen.own)} of that"
    for rival in chosen.rivals:
        ends = f"{figure(rival.low)} to {figure(rival.high)}"
        yield f"{rival.name}, same limits: {figure(rival.spread)} (90%: {ends})"


def figure(number: float) -> str:
    """An expected number with about three figures.

    >>> figure(1234.5), figure(56.78), figure(0.123)
    ('1,234', '56.8', '0.12')
    """
    return f"{number:,.0f}" if number >= 100 else f"{number:,.1f}" if number >= 10 else f"{number:.2g}"
