"""Models as the report shows them: what the test period found, and what the weighted sum is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graph.recommend.train import COMBINED
from graph.report.findings import ModelRow, ModelTable, Weight
from graph.workflow.models import kind_of, read_record

if TYPE_CHECKING:
    from graph.workflow.report.latest import LatestResults


def model_tables(results: LatestResults) -> list[ModelTable]:
    """One table for each target that has a model of this snapshot."""
    tables = []
    for target in results.workspace.targets():
        folder = results.folder(kind_of(target))
        if folder is None:
            continue
        about = read_record(folder)
        if not results.accept(kind_of(target), folder, about["graph"]):
            continue
        rows = tuple(
            ModelRow(r["model"], r["slice"], r["ndcg"], r["ndcg_low"], r["ndcg_high"], r["users"], r["judged"])
            for r in about["metrics"]
        )
        weights = tuple(Weight(name, float(np.mean(values))) for name, values in about["weights"].items())
        verdict = (
            f"{_lead(about)} Chosen on validation: {about['summary']}. Predicted: {', '.join(about['positives'])}; "
        )
        verdict += f"{about['split']['note']}."
        if about["lineage"]["change"] == "refreshed":
            verdict += " What happened since it was trained was folded in without training; the test is from before."
        tables.append(ModelTable(target, f"NDCG@{about['k']}", rows, COMBINED, weights, verdict))
    return tables


def _lead(about: dict[str, Any]) -> str:
    """How the whole compares with the best of its voters on the test, as a sentence."""
    overall = {r["model"]: r for r in about["metrics"] if r["slice"] == "overall"}
    whole = overall.pop(COMBINED)
    if not whole["judged"] or whole["ndcg"] is None:
        return f"{whole['users']} people are too few to judge by."
    best = max(overall.values(), key=lambda r: r["ndcg"])
    gap = next(d for d in about["differences"] if d["slice"] == "overall" and d["against"] == best["model"])
    if gap["low"] == gap["high"] == 0:
        return (
            f"The simple model {best['model']} won on validation and is used alone; it scores {best['ndcg']:.3f}, "
            f"popularity {overall['popularity']['ndcg']:.3f}."
        )
    return (
        f"Together they score {whole['ndcg']:.3f}; the best single voter, {best['model']}, {best['ndcg']:.3f} "
        f"(95% of the difference: {gap['low']:+.3f} to {gap['high']:+.3f}); popularity "
        f"{overall['popularity']['ndcg']:.3f}."
    )
