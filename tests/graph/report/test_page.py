"""The page as a whole: well formed, closed to the outside, whatever the content says and however little there is."""

import dataclasses
import itertools
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.report.content import ReportContent
from graph.report.findings import KolRow, Plan, SegmentCard
from graph.report.page import render
from graph.report.style import DARK, LIGHT

HOSTILE = "</td></title></style></svg><script>alert('x')</script><img src=x onerror=alert(1)>\"' &amp; \x00\u202e\ud800"
EMPTY = ReportContent("Nothing yet")


class Outline(HTMLParser):
    """Tags with their attributes, and complaints about what does not close in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), f"repeated attribute in {tag}"
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def replaced(value, change):
    """A value of dataclasses with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(replaced(part, change) for part in value)
    if dataclasses.is_dataclass(value):
        fields = {field.name: replaced(getattr(value, field.name), change) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **fields)
    return value


def check_closed(page):
    """Nothing that runs, nothing that points outside."""
    outline = Outline(page)
    assert not {tag for tag, _ in outline.tags} & {"script", "img", "link", "iframe", "object", "form", "base"}
    for tag, attributes in outline.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "xlink:href")], tag
        assert attributes.get("href", "#").startswith("#")
    return outline


def test_the_page_is_well_formed_and_needs_nothing(content):
    page = render(content)
    outline = check_closed(page)
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert not re.search(r"https?:|//|@import|url\(", page)
    assert outline.named("meta")[0] == {"charset": "utf-8"}
    assert "default-src 'none'" in outline.named("meta")[1]["content"]


def test_anchors_lead_to_parts_and_ids_are_unique(content):
    outline = Outline(render(content))
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes["href"].removeprefix("#") for attributes in outline.named("a")}
    assert links == {attributes["id"] for attributes in outline.named("section")}
    assert {attributes["aria-labelledby"] for attributes in outline.named("section")} <= set(ids)


def test_answers_come_first_and_provenance_last(content):
    order = [attributes["id"] for attributes in Outline(render(content)).named("section")]
    assert order == ["answers", "kols", "plan", "segments", "models", "recommendations", "data", "method", "provenance"]


def test_headings_never_skip_a_level(content):
    levels = [int(tag[1]) for tag, _ in Outline(render(content)).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_tables_have_captions_and_drawings_have_words(content):
    page = render(content)
    outline = Outline(page)
    assert page.count("<table><caption") == len(outline.named("table")) > 20
    assert all(figure.count("<details>") == 1 for figure in re.findall(r"<figure>.*?</figure>", page, re.S))
    assert len(outline.named("figure")) == 3
    for svg in outline.named("svg"):
        nested = svg.get("preserveaspectratio")
        assert nested or svg.get("aria-hidden") == "true" or (svg.get("role") == "img" and svg["aria-label"])


def test_everything_that_was_given_is_said(content):
    words = "".join(Outline(render(content)).words)
    said = []
    replaced(content, lambda text: said.append(text) or text)
    quiet = {"en", "tag", "vehicle", "product"}
    missing = [text for text in said if text not in words and text.replace("_", " ") not in words and text not in quiet]
    assert missing == []


def test_hostile_text_stays_text(content):
    page = render(replaced(content, lambda _: HOSTILE))
    check_closed(page)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert page.encode("utf-8")
    assert not re.search("[\x00\u202e\ud800]", page)


@given(st.text(max_size=40))
def test_any_text_gives_a_closed_page(words):
    base = ReportContent("x", "y", segments=(SegmentCard("S1", "n", 3, 0.1),), kols=(KolRow(1, "k", "n", 5.0),))
    check_closed(render(replaced(base, lambda _: words)))


def test_the_empty_page_says_so_everywhere():
    outline = check_closed(render(EMPTY))
    words = " ".join(outline.words)
    for sentence in (
        "No headline was written",
        "No KOL was ranked",
        "No campaign was planned",
        "No segments were detected",
        "No model was trained",
        "No recommendations were made",
        "No file was loaded",
        "No caveats were recorded",
        "No provenance was recorded",
    ):
        assert sentence in words
    assert outline.named("table") == []


@pytest.mark.parametrize(
    "field", [f.name for f in dataclasses.fields(ReportContent) if f.name not in ("title", "lang")]
)
def test_each_part_may_be_absent(content, field):
    check_closed(render(dataclasses.replace(content, **{field: getattr(EMPTY, field)})))


def emptied(value):
    """The same parts with everything optional taken out of them."""
    if isinstance(value, tuple):
        return tuple(emptied(part) for part in value)
    if not dataclasses.is_dataclass(value):
        return value
    optional = {f.name: f.default for f in dataclasses.fields(value) if f.default is not dataclasses.MISSING}
    required = {f.name: emptied(getattr(value, f.name)) for f in dataclasses.fields(value) if f.name not in optional}
    return dataclasses.replace(value, **required, **optional)


def test_parts_need_only_what_they_must_have(content):
    parts = {f.name: emptied(getattr(content, f.name)) for f in dataclasses.fields(content)}
    outline = check_closed(render(ReportContent(**parts)))
    words = " ".join(outline.words)
    assert "unknown" in words
    assert not re.search(r"\b(None|nan|inf)\b", words)


def test_numbers_that_are_not_numbers_are_unknown(content):
    def spoiled(value):
        if isinstance(value, float):
            return float("nan")
        if isinstance(value, tuple):
            return tuple(spoiled(part) for part in value)
        if dataclasses.is_dataclass(value):
            return dataclasses.replace(
                value, **{f.name: spoiled(getattr(value, f.name)) for f in dataclasses.fields(value)}
            )
        return value

    page = render(spoiled(content))
    check_closed(page)
    assert not re.search(r"\b(nan|inf)\b", page)


def test_the_note_stands_where_segments_are_missing():
    page = render(ReportContent("x", segments_note="No reliable segments: re-runs do not agree."))
    assert '<p class="absent">No reliable segments: re-runs do not agree.</p>' in page


def test_a_plan_without_seeds_says_why():
    page = render(ReportContent("x", plan=Plan((), note="No KOL costs less than the budget.")))
    assert '<p class="absent">No KOL costs less than the budget.</p>' in page


@pytest.mark.parametrize(
    ("spread", "half", "sentence"),
    [
        (1000.0, 400.0, "intervals overlap, so the difference is not settled"),
        (100.0, 1.0, "The plan reaches 93% less than PageRank"),
        (2783.6, 10.0, "The plan reaches 100% more than PageRank"),
    ],
)
def test_the_plan_is_compared_without_flattery(content, spread, half, sentence):
    end = dataclasses.replace(content.plan.curve[-1], spread=spread, low=spread - half, high=spread + half)
    last = dataclasses.replace(content.plan.seeds[-1], spread=spread)
    plan = dataclasses.replace(
        content.plan, seeds=(*content.plan.seeds[:-1], last), curve=(*content.plan.curve[:-1], end)
    )
    assert sentence in render(dataclasses.replace(content, plan=plan))


def test_counts_that_do_not_add_up_are_flagged(content):
    wrong = dataclasses.replace(content.quality[0], read=5_001)
    assert render(content).count("⚠ no") == 0
    # The file and the sum over all files.
    assert render(dataclasses.replace(content, quality=(wrong, *content.quality[1:]))).count("⚠ no") == 2


def test_a_segment_that_rarely_comes_back_is_called_exploratory(content):
    page = render(content)
    assert "confidence 0.47 (exploratory)" in page
    assert "confidence 0.52 (exploratory)" not in page


def test_same_content_same_bytes_in_another_process_without_any_library(content):
    program = (
        "import importlib.util, sys\n"
        "spec = importlib.util.spec_from_file_location('sample', sys.argv[1])\n"
        "from graph.report.page import render\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'duckdb', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "sample = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(sample)\n"
        "sys.stdout.buffer.write(render(sample.briefing()).encode())\n"
    )
    here = os.path.join(os.path.dirname(__file__), "conftest.py")
    root = os.path.join(os.path.dirname(__file__), "..", "..", "..")
    pages = {
        subprocess.run(
            [sys.executable, "-c", program, here],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert pages == {render(content).encode()}


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def blend(top, under, share):
    mixed = [round(share * int(top[i : i + 2], 16) + (1 - share) * int(under[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{v:02x}" for v in mixed)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable_on_every_ground(colours):
    for ink in ("ink", "soft", "accent", "warn"):
        for ground in ("paper", "card"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    # The darkest cell of the heat map has 42% of the accent over the card.
    assert contrast(colours["ink"], blend(colours["accent"], colours["card"], 0.42)) >= 4.5


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium on the path")
def test_a_browser_opens_it_without_a_console_message(content, tmp_path):
    (tmp_path / "report.html").write_text(render(content), encoding="utf-8")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --enable-logging=stderr --v=0 --dump-dom"
    )
    done = subprocess.run(
        ["chromium", *flags.split(), f"--user-data-dir={tmp_path / 'profile'}", f"file://{tmp_path}/report.html"],
        capture_output=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        pytest.skip("chromium does not start here")
    assert b"EV retail briefing" in done.stdout
    assert b"CONSOLE" not in done.stderr
