"""The report's parts on models and recommendations: comparison of models, sample of recommendations with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from graph.report.charts import Bar, interval_bars
from graph.report.findings import ModelRow, ModelTable, RecommendationRow
from graph.report.formats import decimal, interval, largest, percent
from graph.report.markup import Column, Html, absent, behind, element, join, table


def model_part(models: Sequence[ModelTable]) -> Html:
    """One panel per target."""
    if not models:
        return absent("No model was trained, so there is no comparison here.")
    return join(_target(model) for model in models)


def _target(model: ModelTable) -> Html:
    heading = element("h3", f"Target: {model.target}")
    verdict = element("p", model.verdict, class_="verdict") if model.verdict else None
    if not model.rows:
        return element("div", heading, verdict, element("p", "No figures were computed."), class_="panel")
    # Scale by judged slices only: the wide intervals of small slices would compress the others.
    judged = [row for row in model.rows if row.judged] or model.rows
    full = largest(value for row in judged for value in (row.value, row.high))
    slices = list(dict.fromkeys(row.slice for row in model.rows))
    panels = [_slice(model, [row for row in model.rows if row.slice == name], full) for name in slices]
    numbers = behind(f"All figures: {model.target}", _all_rows(model))
    return element(
        "div", heading, verdict, _weights(model), element("div", *panels, class_="two"), numbers, class_="panel"
    )


def _weights(model: ModelTable) -> Html | None:
    if not model.weights:
        return None
    named = f"Weights of {model.chosen}: " if model.chosen else "Weights: "
    voters = ", ".join(f"{voter.name} {decimal(voter.weight, 2)}" for voter in model.weights)
    return element("p", element("b", named), voters, ". Chosen on validation, before the test was looked at.")


def _slice(model: ModelTable, rows: Sequence[ModelRow], full: float) -> Html:
    bars = [
        Bar(row.model, row.value, row.low, row.high, strong=row.model == model.chosen, faint=not row.judged)
        for row in rows
    ]
    users = max(row.users for row in rows)
    unjudged = "" if any(row.judged for row in rows) else "; too few to judge by, shown for completeness"
    caption = f"{rows[0].slice}: {model.metric} over {users:,} users, {percent(model.level, 0)} intervals{unjudged}"
    return interval_bars(caption, bars, full=full)


def _all_rows(model: ModelTable) -> Html:
    columns = [Column("model"), Column("slice"), Column(model.metric, number=True)]
    columns += [Column(f"{percent(model.level, 0)} interval", number=True), Column("users", number=True)]
    columns.append(Column("judged"))
    rows = [
        [
            row.model,
            row.slice,
            decimal(row.value, 4),
            interval(row.low, row.high, 4),
            decimal(row.users),
            "yes" if row.judged else "no",
        ]
        for row in model.rows
    ]
    return table(f"{model.metric} by model and slice, target {model.target}", columns, rows)


def recommendation_part(rows: Sequence[RecommendationRow]) -> Html:
    """The sample, one table per kind of item, in the order given."""
    if not rows:
        return absent("No recommendations were made.")
    kinds = list(dict.fromkeys(row.item_type for row in rows))
    ordered = sorted(rows, key=lambda row: kinds.index(row.item_type))
    return join(_kind(kind, list(group)) for kind, group in groupby(ordered, key=lambda row: row.item_type))


def _kind(kind: str, rows: Sequence[RecommendationRow]) -> Html:
    columns = (
        Column("user"),
        Column("segment"),
        Column("rank", number=True),
        Column(kind),
        Column("score", number=True),
        Column("reason"),
    )
    cells: list[list[Html | str | None]] = []
    before: str | None = None
    for row in rows:
        again = row.user == before
        before = row.user
        named = element("span", row.user, class_="hidden") if again else _named(row.user_name, row.user)
        segment = None if again else row.segment or "–"
        what = _named(row.item_name, row.item)
        reason = element("span", row.reason, class_="reason")
        cells.append([named, segment, str(row.rank), what, decimal(row.score, 3), reason])
    shown = table(f"A sample of recommended items of type {kind}", columns, cells)
    return element("div", element("div", shown, class_="people"), class_="panel")


def _named(name: str | None, identity: str) -> Html:
    return join([element("bdi", name or identity), element("small", identity) if name else None], between=" ")
