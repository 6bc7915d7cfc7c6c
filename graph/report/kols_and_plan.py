"""The report's parts on KOLs and the campaign plan."""

from __future__ import annotations

from collections.abc import Sequence

from graph.report.charts import Bar, fluid, interval_bars, overlap_map, score_bar, spread_curve
from graph.report.findings import KolRow, Overlap, Plan
from graph.report.formats import UNKNOWN, counted, decimal, fit, interval, largest, percent, places_for, yuan
from graph.report.markup import Column, Html, absent, behind, element, join, table

_KOL_COLUMNS = (
    Column("KOL"),
    Column("score"),
    Column("reach alone", number=True),
    Column("only theirs", number=True),
    Column("most shared", number=True),
    Column("audience fit", number=True),
    Column("genuine audience", number=True),
    Column("followers", number=True),
    Column("cost (per person)", number=True),
)


def kol_shortlist(kols: Sequence[KolRow], overlap: Overlap | None) -> Html:
    """The shortlist with the components of its scores, and the overlap of audiences."""
    if not kols:
        return absent("No KOL was ranked, so there is no shortlist here.")
    names = list(dict.fromkeys(part.name for kol in kols for part in kol.parts))
    key = element("ul", *(_key(i, name) for i, name in enumerate(names)), class_="key") if names else None
    ranking = table("KOLs by falling score", _KOL_COLUMNS, [_kol_cells(kol, names) for kol in kols])
    parts = behind("Points of each part of the score", _points_table(kols, names)) if names else None
    shown = element("div", join([key, element("div", ranking, class_="people"), parts]), class_="panel")
    if overlap is None or not overlap.names:
        return join([shown, absent("The overlap between audiences was not computed.")])
    return join([shown, element("div", overlap_map(overlap), class_="panel")])


def _key(i: int, name: str) -> Html:
    swatch = element("rect", width=10, height=10, rx=2, class_=f"part{i % 8}")
    return element("li", element("svg", swatch, width=10, height=10, aria_hidden="true"), _words(name))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _kol_cells(kol: KolRow, names: Sequence[str]) -> list[Html | str]:
    about = " · ".join(word for word in (kol.platform, kol.tier, kol.id) if word)
    name = join([element("span", str(kol.rank), class_="rank"), element("bdi", kol.name or kol.id)])
    flags = [element("small", f"⚠ {flag}", class_="flag") for flag in kol.flags]
    reasons = [element("small", reason) for reason in kol.reasons]
    who = element("span", name, element("small", about), *reasons, *flags, class_="who")
    with_whom = element("small", element("bdi", kol.overlap_with)) if kol.overlap_with else None
    return [
        who,
        element("span", element("b", decimal(kol.score, 1)), score_bar(kol.parts, names), class_="score"),
        decimal(kol.reach, places_for(kol.reach)),
        decimal(kol.exclusive, places_for(kol.reach)),
        join([percent(kol.overlap, 0) if kol.overlap is not None else "–", with_whom]),
        decimal(kol.fit, 3),
        percent(kol.authenticity, 0),
        decimal(kol.followers),
        join([yuan(kol.cost), element("small", yuan(kol.cost_per_reach)) if kol.cost_per_reach is not None else None]),
    ]


def _points_table(kols: Sequence[KolRow], names: Sequence[str]) -> Html:
    columns = [Column("KOL"), *(Column(_words(name), number=True) for name in names), Column("score", number=True)]
    columns += [Column("audience in the graph", number=True), Column("reactions per person", number=True)]
    rows = []
    for kol in kols:
        points = {part.name: part.points for part in kol.parts}
        row = [kol.name or kol.id, *(decimal(points.get(name), 1) for name in names), decimal(kol.score, 1)]
        rows.append([*row, decimal(kol.audience), decimal(kol.engagement, 2)])
    return table("Points by component; they add up to the score", columns, rows)


def campaign_plan(plan: Plan | None) -> Html:
    """Seeds in order, the spread curve, and comparison with baselines at the same cost."""
    if plan is None:
        return absent("No campaign was planned, so there are no seeds here.")
    asked = element("p", f"Asked for: {plan.question}.") if plan.question else None
    if not plan.seeds:
        return join([asked, absent(plan.note or "No seed fits what was asked for.")])
    note = element("p", plan.note, class_="note") if plan.note else None
    top = element("div", join([asked, _figures(plan), note]), class_="panel")
    charts = [element("div", part, class_="panel") for part in (_curve(plan), _comparison(plan))]
    seeds = element("div", _seed_table(plan), class_="panel")
    return join([top, element("div", *charts, class_="two"), seeds])


def _figures(plan: Plan) -> Html:
    last = plan.seeds[-1]
    end, places = plan.curve[-1] if plan.curve else None, places_for(last.spread)
    facts = [
        ("seeds", decimal(len(plan.seeds))),
        ("cost", yuan(last.cumulative_cost)),
        (plan.unit if plan.unit.startswith("expected") else f"expected {plan.unit}", decimal(last.spread, places)),
        ("90% interval", interval(end.low, end.high, places) if end else UNKNOWN),
        ("knee", counted(plan.knee, "seed") if plan.knee is not None else "none found"),
        ("share of the best possible", f"≥ {percent(plan.certificate)}" if plan.certificate is not None else UNKNOWN),
    ]
    pairs = (element("div", element("dt", name), element("dd", value)) for name, value in facts)
    return element("dl", *pairs, class_="figures")


def _curve(plan: Plan) -> Html:
    if not plan.curve:
        return element("p", "The spread curve was not computed.")
    return spread_curve(plan.curve, knee=plan.knee, unit=plan.unit)


def _comparison(plan: Plan) -> Html:
    last = plan.seeds[-1]
    end = plan.curve[-1] if plan.curve else None
    own = Bar("this plan", last.spread, end.low if end else None, end.high if end else None, strong=True)
    if not plan.comparisons:
        return element("p", "Other ways of choosing were not measured at this cost.")
    bars = [own, *(Bar(other.method, other.spread, other.low, other.high) for other in plan.comparisons)]
    full = largest(value for bar in bars for value in (bar.value, bar.high))
    places = places_for(full)
    caption = f"Expected {plan.unit.removeprefix('expected ')} at the same cost, with 90% intervals"
    columns = [Column("choice")] + [Column(name, number=True) for name in ("seeds", "cost", plan.unit, "90% interval")]
    rows = [
        [own.name, str(len(plan.seeds)), yuan(last.cumulative_cost), decimal(own.value, places), _ends(own, places)]
    ]
    for other, bar in zip(plan.comparisons, bars[1:], strict=True):
        rows.append(
            [other.method, str(other.seeds), yuan(other.cost), decimal(other.spread, places), _ends(bar, places)]
        )
    numbers = behind("Numbers of the comparison", table(caption, columns, rows, caption_shown=False))
    verdict = element("p", _verdict(own, bars[1:], plan.unit))
    return join([interval_bars(caption, bars, full=full, places=places), verdict, numbers])


def _verdict(own: Bar, others: Sequence[Bar], unit: str) -> str:
    """Compares the plan with the best baseline, and says whether their intervals overlap."""
    best = max(others, key=lambda bar: bar.value or 0.0)
    mine, theirs = own.value or 0.0, best.value or 0.0
    if theirs <= 0 or own.low is None or own.high is None or best.low is None or best.high is None:
        return f"The best of the others is {best.name}, with {decimal(theirs, places_for(theirs))} {unit}."
    gap = percent(abs(mine / theirs - 1), 0)
    if own.low <= best.high and best.low <= own.high:
        return f"The best of the others is {best.name}; the intervals overlap, so the difference is not settled."
    return f"The plan reaches {gap} {'more' if mine > theirs else 'less'} than {best.name}, the best of the others."


def _ends(bar: Bar, places: int) -> str:
    return interval(bar.low, bar.high, places)


def _seed_table(plan: Plan) -> Html:
    most = largest(seed.gain for seed in plan.seeds)
    places, total = places_for(most), places_for(plan.seeds[-1].spread)
    columns = (
        Column("seed"),
        Column("cost", number=True),
        Column(f"adds ({plan.unit})", number=True),
        Column("", wide=True),
        Column("cost per added", number=True),
        Column("cost so far", number=True),
        Column(f"{plan.unit} so far", number=True),
    )
    rows = []
    for seed in plan.seeds:
        about = " · ".join(word for word in (seed.platform, seed.id) if word)
        name = join([element("span", str(seed.rank), class_="rank"), element("bdi", seed.name or seed.id)])
        who = element("span", name, element("small", about), class_="who")
        bar = fluid(12, element("rect", y=3, width=fit(seed.gain, most), height=8, rx=2, class_="bar"))
        each = seed.cost / seed.gain if seed.cost is not None and seed.gain > 0 else None
        row = [yuan(seed.cost), decimal(seed.gain, places), bar, yuan(each)]
        rows.append([who, *row, yuan(seed.cumulative_cost), decimal(seed.spread, total)])
    return element("div", table("Seeds in order of choice", columns, rows), class_="people")
