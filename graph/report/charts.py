"""Charts as inline SVG, each with a table of its numbers beside or under it.

Horizontal positions are percentages, so that charts shrink on a phone while text keeps its size. Colours come from the
style sheet. Charts whose numbers are in the next table cell are hidden from screen readers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from graph.report.findings import CurvePoint, Lift, Overlap, Points, SegmentMap
from graph.report.formats import (
    ceiling,
    coordinate,
    counted,
    decimal,
    fit,
    interval,
    largest,
    percent,
    places_for,
    yuan,
)
from graph.report.markup import Column, Html, behind, element, join, table

_MAP_SEGMENTS, _MAP_LINES = 24, 40
_OVERLAP_KOLS = 20
_RING, _LARGEST, _GAP = 150.0, 50.0, 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its interval; `strong` emphasises it, `faint` marks values with too few users to judge."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    strong: bool = False
    faint: bool = False


def fluid(height: int, *shapes: Html, label: str | None = None) -> Html:
    """An SVG with the width of its container and `height` pixels; without a label it is hidden from screen readers."""
    role, hidden = ("img", None) if label else (None, "true")
    return element(
        "svg", *shapes, width="100%", height=height, role=role, aria_label=label, aria_hidden=hidden, focusable="false"
    )


def share_bar(share: float) -> Html:
    """A thin bar of a share."""
    track = element("rect", width="100%", height=6, rx=3, class_="track")
    return fluid(6, track, element("rect", width=fit(share, 1), height=6, rx=3, class_="bar"))


def lift_bars(caption: str, lifts: Sequence[Lift]) -> Html:
    """A table of lifts: name and kind above a bar, lift, number of people. A mark shows a lift of 1."""
    full = largest([1.0, *(lift.lift for lift in lifts)])
    rows = []
    for lift in lifts:
        bar = element("rect", y=2, width=fit(lift.lift, full), height=5, rx=2, class_="bar")
        one = element("line", x1=fit(1, full), x2=fit(1, full), y1=0, y2=9, class_="even")
        name = join([element("bdi", lift.name), element("small", lift.kind)], between=" ")
        total = element("small", f"of {lift.everyone:,}") if lift.everyone is not None else None
        people = join([f"n = {lift.count:,}", total], between=" ")
        rows.append([join([name, fluid(9, bar, one)]), element("b", f"×{decimal(lift.lift, 1)}"), people])
    columns = [Column("what", wide=True), Column("lift", number=True), Column("people", number=True)]
    return element("div", table(caption, columns, rows, caption_shown=False), class_="bars lifts")


def interval_bars(caption: str, bars: Sequence[Bar], *, full: float, places: int = 3) -> Html:
    """A table of bars with whiskers: name, bar (from 0), value with interval.

    Args:
        caption: What is compared.
        bars: The bars in order.
        full: Value at the right edge; use the same for charts that are compared. Longer bars are cut off there.
        places: Decimal places of the values.
    """
    rows = [
        [
            element("span", element("bdi", bar.name), class_="strong" if bar.strong else None),
            fluid(20, *_whiskered(bar, full)),
            join(
                [
                    element("b", decimal(bar.value, places)),
                    element("small", f"({interval(bar.low, bar.high, places)})")
                    if bar.low is not None and bar.high is not None
                    else None,
                ],
                between=" ",
            ),
        ]
        for bar in bars
    ]
    columns = [Column("name"), Column("", wide=True), Column("value (interval)", number=True)]
    faint = " faint" if bars and all(bar.faint for bar in bars) else ""
    return element("div", table(caption, columns, rows), class_=f"bars{faint}")


def _whiskered(bar: Bar, full: float) -> list[Html]:
    if bar.value is None:
        return []
    shapes = [
        element("rect", y=4, width=fit(bar.value, full), height=12, rx=2, class_="bar" if bar.strong else "bar quiet")
    ]
    if bar.low is not None and bar.high is not None:
        low, high = fit(bar.low, full), fit(bar.high, full)
        for look in ("halo", "whisker"):
            shapes.append(element("line", x1=low, x2=high, y1=10, y2=10, class_=look))
            # No cap at an end outside the chart, to show that the whisker continues.
            caps = [fit(end, full) for end in (bar.low, bar.high) if 0 <= end <= full]
            shapes += [element("line", x1=x, x2=x, y1=6, y2=14, class_=look) for x in caps]
    return shapes


def score_bar(parts: Sequence[Points], order: Sequence[str]) -> Html:
    """A score of up to 100 points as stacked bars, coloured by their component's position in `order`."""
    shapes = [element("rect", width="100%", height=12, rx=2, class_="track")]
    at = 0.0
    for part in sorted(parts, key=lambda p: order.index(p.name)):
        points = max(0.0, part.points)
        label = element("title", f"{part.name}: {decimal(part.points, 1)}")
        kind = f"part{order.index(part.name) % 8}"
        shapes.append(element("rect", label, x=fit(at, 100), width=fit(points, 100), height=12, class_=kind))
        at += points
    return fluid(12, *shapes)


def spread_curve(points: Sequence[CurvePoint], *, knee: int | None, unit: str) -> Html:
    """Expected spread by number of seeds, with its 90 % interval as a band, and the knee marked.

    Args:
        points: At least one, by ascending number of seeds.
        knee: Number of seeds to mark; ignored where no point has it.
        unit: Unit of the spread.
    """
    frame = _Frame(
        points[0].seeds, points[-1].seeds, ceiling(largest(value for p in points for value in (p.spread, p.high)))
    )
    places = places_for(points[-1].spread)
    shapes = [*_scale(frame), *_knee(frame, knee, points), _band_and_line(frame, points)]
    for p in points:
        told = f"{counted(p.seeds, 'seed')}: {decimal(p.spread, places)} {unit} ({interval(p.low, p.high, places)})"
        dot = "dot strong" if p.seeds == knee else "dot"
        x, y = frame.x(p.seeds), frame.y(p.spread)
        shapes.append(element("circle", element("title", told), cx=_at(x), cy=_at(y), r=4, class_=dot))
        if len(points) <= 12 or p.seeds in (frame.first, frame.last, knee):
            shapes.append(element("text", str(p.seeds), x=_at(x), y="95%", text_anchor="middle", class_="tick"))
    end = points[-1]
    place = {"x": _at(frame.x(end.seeds)), "y": _at(frame.y(end.high)), "dy": "-8"}
    shapes.append(element("text", decimal(end.spread, places), text_anchor="end", class_="mark", **place))
    caption = f"Expected {unit.removeprefix('expected ')} by number of seeds; the band is the 90% interval"
    label = f"{caption}. {counted(end.seeds, 'seed')}: {decimal(end.spread, places)} {unit}"
    drawing = fluid(300, *shapes, label=label)
    return element(
        "figure", element("figcaption", caption), drawing, behind("Numbers of the curve", _curve_table(points, unit))
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Converts numbers of seeds and values to positions in percent of the chart."""

    first: int
    last: int
    top: float

    def x(self, seeds: int) -> float:
        return 50.0 if self.first == self.last else 12 + 84 * (seeds - self.first) / (self.last - self.first)

    def y(self, value: float) -> float:
        return 88 - 78 * min(1.0, max(0.0, value / self.top))


def _at(place: float) -> str:
    return f"{coordinate(place)}%"


def _scale(frame: _Frame) -> list[Html]:
    places = 0 if frame.top >= 10 else 2
    shapes = []
    for quarter in range(5):
        value = frame.top * quarter / 4
        y = _at(frame.y(value))
        shapes.append(element("line", x1="0%", x2="100%", y1=y, y2=y, class_="grid"))
        if quarter:
            shapes.append(element("text", decimal(value, places), x=0, y=y, dy=-4, class_="tick"))
    return shapes


def _knee(frame: _Frame, knee: int | None, points: Sequence[CurvePoint]) -> list[Html]:
    if knee is None or all(p.seeds != knee for p in points):
        return []
    x = frame.x(knee)
    anchor, shift = ("start", 8) if x < 60 else ("end", -8)
    line = element("line", x1=_at(x), x2=_at(x), y1="10%", y2="88%", class_="knee")
    words = {"x": _at(x), "y": "84%", "dx": str(shift), "text_anchor": anchor}
    return [line, element("text", f"knee: {counted(knee, 'seed')}", class_="mark", **words)]


def _band_and_line(frame: _Frame, points: Sequence[CurvePoint]) -> Html:
    """Band and line as SVG paths, which cannot use percentages: an inner SVG of 100 by 100 that is stretched."""

    def path(pairs: Sequence[tuple[int, float]]) -> str:
        return " ".join(f"{coordinate(frame.x(k))},{coordinate(frame.y(value))}" for k, value in pairs)

    outline = [(p.seeds, p.high) for p in points] + [(p.seeds, p.low) for p in reversed(points)]
    return element(
        "svg",
        element("polygon", points=path(outline), class_="band"),
        element("polyline", points=path([(p.seeds, p.spread) for p in points]), class_="curve"),
        width="100%",
        height="100%",
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
    )


def _curve_table(points: Sequence[CurvePoint], unit: str) -> Html:
    columns = [Column(name, number=True) for name in ("seeds", "cost", unit, "90% interval")]
    places = places_for(points[-1].spread)
    rows = [[str(p.seeds), yuan(p.cost), decimal(p.spread, places), interval(p.low, p.high, places)] for p in points]
    return table(f"Expected {unit.removeprefix('expected ')} by number of seeds", columns, rows)


def overlap_map(overlap: Overlap) -> Html:
    """Heat map of shared audiences, row by column, numbered as in the legend below.

    Shows the first 20 KOLs; the table below has all of them.
    """
    n = min(len(overlap.names), _OVERLAP_KOLS)
    width = 92 / max(1, n)
    shapes = []
    for i in range(n):
        middle = _at(8 + width * (i + 0.5))
        shapes.append(element("text", str(i + 1), x=middle, y=18, text_anchor="middle", class_="tick"))
        shapes.append(element("text", str(i + 1), x="4%", y=46 + 30 * i, text_anchor="middle", class_="tick"))
        for j, share in enumerate(overlap.shares[i][:n]):
            shapes += _cell(share, x=8 + width * j, y=27 + 30 * i, width=width, same=i == j, told=overlap, at=(i, j))
    caption = "Audience overlap: the share of the row's audience that the column's KOL reaches too"
    legend = element("ol", *(element("li", element("bdi", name)) for name in overlap.names[:n]), class_="legend")
    columns = [Column("KOL")] + [Column(name, number=True) for name in overlap.names]
    rows = [
        [name] + ["" if i == j else percent(share, 0) for j, share in enumerate(row)]
        for i, (name, row) in enumerate(zip(overlap.names, overlap.shares, strict=True))
    ]
    return element(
        "figure",
        element("figcaption", caption),
        fluid(30 + 30 * n, *shapes, label=caption),
        legend,
        behind("Numbers of the overlap", table(caption, columns, rows, caption_shown=False)),
    )


def _cell(
    share: float | None, *, x: float, y: int, width: float, same: bool, told: Overlap, at: tuple[int, int]
) -> list[Html]:
    box = {"x": _at(x + 0.15), "y": str(y), "width": _at(width - 0.3), "height": "28", "rx": "3"}
    if same:
        return [element("rect", class_="track", **box)]
    tint = coordinate(0.06 + 0.36 * min(1.0, max(0.0, share or 0.0)))
    pair = element("title", f"{told.names[at[0]]} → {told.names[at[1]]}: {percent(share)}")
    words = percent(share, 0) if share is not None else "?"
    return [
        element("rect", pair, class_="bar", fill_opacity=tint, **box),
        element("text", words, x=_at(x + width / 2), y=y + 19, text_anchor="middle", class_="cell"),
    ]


def segment_map(tie_map: SegmentMap) -> Html:
    """Segments as circles on a ring, sized by people, with lines as wide as the number of ties between them.

    Shows the 24 largest segments and the 40 strongest pairs; the table below has all of them.
    """
    shown = range(min(len(tie_map.ids), _MAP_SEGMENTS))
    radii, places = _ring([tie_map.sizes[i] for i in shown])
    pairs = sorted(
        ((tie_map.ties[i][j] + tie_map.ties[j][i], i, j) for i in shown for j in range(i)),
        key=lambda pair: (-pair[0], pair[2], pair[1]),
    )
    drawn = [pair for pair in pairs[:_MAP_LINES] if pair[0] > 0]
    most = drawn[0][0] if drawn else 1
    shapes = [_flow(tie_map, pair, places, most) for pair in reversed(drawn)]
    for i in shown:
        shapes += _bubble(f"{tie_map.ids[i]}: {tie_map.sizes[i]:,} people", tie_map.ids[i], radii[i], places[i])
    caption = "Segments and the ties between them: circles by people, lines by number of ties"
    drawing = element("svg", *shapes, viewBox="0 0 420 420", role="img", aria_label=caption, class_="map")
    columns = [Column(r"from \ to"), *(Column(name, number=True) for name in tie_map.ids)]
    rows = [[name, *(f"{count:,}" for count in row)] for name, row in zip(tie_map.ids, tie_map.ties, strict=True)]
    return element(
        "figure",
        element("figcaption", caption),
        drawing,
        behind("Numbers of the map", table("Ties from row to column", columns, rows)),
    )


def _ring(sizes: Sequence[int]) -> tuple[list[float], list[tuple[float, float]]]:
    """Radii (proportional to the square root of the size) and centres on a ring, so that circles do not overlap."""
    if len(sizes) == 1:
        return [_LARGEST], [(210.0, 210.0)]
    roots = [math.sqrt(max(0, size)) for size in sizes]
    around = 2 * math.pi * _RING
    room = 0.95 * around - 2 * _GAP * len(sizes)
    scale = min(room / max(1.0, 2 * sum(roots)), _LARGEST / max([1.0, *roots]))
    radii = [max(2.0, root * scale) for root in roots]
    gap = (around - 2 * sum(radii)) / max(1, len(sizes))
    places, at = [], 0.0
    for radius in radii:
        angle = (at + radius) / _RING - math.pi / 2 - radii[0] / _RING
        places.append((210 + _RING * math.cos(angle), 210 + _RING * math.sin(angle)))
        at += 2 * radius + gap
    return radii, places


def _flow(tie_map: SegmentMap, pair: tuple[int, int, int], places: Sequence[tuple[float, float]], most: int) -> Html:
    count, i, j = pair
    (x1, y1), (x2, y2) = places[j], places[i]
    bend_x, bend_y = 210 + ((x1 + x2) / 2 - 210) * 0.35, 210 + ((y1 + y2) / 2 - 210) * 0.35
    numbers = [coordinate(v) for v in (x1, y1, bend_x, bend_y, x2, y2)]
    told = element("title", f"{tie_map.ids[j]} – {tie_map.ids[i]}: {count:,} ties")
    return element(
        "path",
        told,
        d="M{} {} Q{} {} {} {}".format(*numbers),
        stroke_width=coordinate(0.6 + 9 * count / most),
        class_="flow",
    )


def _bubble(told: str, name: str, radius: float, place: tuple[float, float]) -> list[Html]:
    x, y = place
    circle = element(
        "circle", element("title", told), cx=coordinate(x), cy=coordinate(y), r=coordinate(radius), class_="bubble"
    )
    if radius < 4.5 * len(name) + 2:
        away = (_RING + radius + 14) / _RING
        x, y = 210 + (x - 210) * away, 210 + (y - 210) * away
    return [circle, element("text", name, x=coordinate(x), y=coordinate(y + 4.5), text_anchor="middle", class_="mark")]
