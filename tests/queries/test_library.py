from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import queries
from graph.store.guard import check, without_comments

HEADER = "// name: q\n// purpose: to see\n"
COLUMN = "// column x integer: one\n"

BANNED = {
    "block comment": r"/\*",
    "collect subquery": r"(?i)collect\s*\{",
    "percentiles": r"(?i)percentile",
    "epoch constructor": r"(?i)epochmillis\s*:",
    "duration.between": r"(?i)duration\.between",
    "property maps": r"(?i)\b(keys|properties|id)\s*\(",
    "unbounded path": r"\[[^\]]*\*(?!\d*\.\.\d|\d)",
    "clock": r"(?i)\b(date|datetime|localdatetime|timestamp)\(\s*\)",
    "unlabelled scan": r"(?im)^(OPTIONAL )?MATCH \(\w*\)\s*(-\[\w*\]-|RETURN|WITH)",
    "first label": r"(?i)labels\(\w+\)\s*\[",
    "quantified path": r"\)\s*\{|[->]\s*[+*]\s*\(",
    "shortest path": r"(?i)\bshortest",
    "extensions": r"(?i)\b(apoc|gds|dbms|db)\.",
    "subquery": r"(?i)\bCALL\b",
    "files": r"(?i)\bLOAD\b",
}


@pytest.fixture(params=queries.names())
def query(request: pytest.FixtureRequest) -> queries.Query:
    return queries.load(request.param)


def body(query: queries.Query) -> str:
    return without_comments(query.text).strip()


def test_there_are_enough() -> None:
    assert len(queries.names()) >= 32
    assert list(queries.names()) == sorted(queries.names())


def test_those_that_people_know_are_still_there() -> None:
    known = (
        "audience-overlap brand-funnel co-bought dormant-fans friends-who-own kol-audience kol-promotes-audience-owns "
        "person-timeline products-by-month referrals test-drive-no-purchase topic-trends vehicle-competitors "
        "who-to-invite"
    )
    assert set(known.split()) <= set(queries.names())


def test_each_is_named_as_its_file(query: queries.Query) -> None:
    assert query.name in queries.names()
    assert query == queries.load(query.name)


def test_each_only_reads(query: queries.Query) -> None:
    check(query.text)


def test_each_uses_its_parameters_and_no_other(query: queries.Query) -> None:
    assert set(re.findall(r"\$(\w+)", body(query))) == {p.name for p in query.parameters}


def test_each_names_all_its_columns_in_order(query: queries.Query) -> None:
    last = re.split(r"\bRETURN\b", body(query))[-1].split("ORDER BY")[0]
    assert re.findall(r"\bAS (\w+)\s*(?:,\n|$)", last) == [c.name for c in query.columns]


def test_each_orders_its_rows(query: queries.Query) -> None:
    order = re.search(r"\nORDER BY ([^\n]+)(\nLIMIT \$limit)?$", body(query))
    assert order is not None
    keys = [part.removesuffix(" DESC") for part in order[1].split(", ")]
    assert set(keys) <= {c.name for c in query.columns}


def test_each_order_ends_with_what_tells_rows_apart(query: queries.Query) -> None:
    order = re.findall(r"ORDER BY ([^\n]+)", body(query))[-1]
    keys = {part.removesuffix(" DESC") for part in order.split(", ")}
    apart = [
        {"person"}, {"person", "item"}, {"kol"}, {"kol", "item_type", "item"}, {"vehicle"}, {"product"}, {"campaign"},
        {"item_type", "item"}, {"brand"}, {"category"}, {"city"}, {"topic"}, {"month"}, {"week", "channel"},
        {"year", "month", "rank"}, {"year", "month", "months_after"}, {"body", "weekday"}, {"relation"}, {"type"},
        {"type", "property"}, {"category", "from_brand", "to_brand"}, {"person", "brought"}, {"result", "kind"},
        {"result", "segment"}, {"result", "aspect", "value"}, {"result", "rank"}, {"first_segment", "second_segment"},
    ]  # fmt: skip
    one_row = query.name in ("audience-overlap", "customer-360")
    everything = keys == {c.name for c in query.columns}
    assert one_row or everything or any(wanted <= keys for wanted in apart)


@pytest.mark.parametrize("rule", BANNED)
def test_each_keeps_to_the_common_subset(query: queries.Query, rule: str) -> None:
    assert not re.search(BANNED[rule], body(query)), rule


def test_each_has_a_sample_for_all_that_it_needs(query: queries.Query) -> None:
    assert "\n// sample" in query.text
    assert set(queries.bind(query, query.sample)) == {p.name for p in query.parameters}


def test_each_documents_what_it_shows(query: queries.Query) -> None:
    assert query.purpose.endswith((".", "?"))
    assert len(query.purpose) <= 120
    assert len(query.text.splitlines()) <= 80


def test_each_is_one_statement(query: queries.Query) -> None:
    assert ";" not in body(query)


def test_it_imports_nothing_of_ours() -> None:
    code = (
        "import sys, queries; queries.load('co-bought'); "
        "print([m for m in sys.modules if m.split('.')[0] in ('graph', 'gnn', 'cli', 'numpy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_bind_fills_defaults_and_types() -> None:
    query = queries.parse(
        HEADER
        + "// parameter a text: words\n// parameter b integer = 3: count\n// parameter c decimal = 0.5: share\n"
        + "// parameter d list = x,y: ids\n// parameter e date = 2026-01-01: day\n"
        + COLUMN
        + "RETURN 1 AS x ORDER BY x"
    )
    assert queries.bind(query, {"a": "3"}) == {"a": "3", "b": 3, "c": 0.5, "d": ["x", "y"], "e": "2026-01-01"}
    assert queries.bind(query, {"a": "", "b": "-7", "c": "1e3", "d": '["p, q", "r"]', "e": "2026-02-28"}) == {
        "a": "", "b": -7, "c": 1000.0, "d": ["p, q", "r"], "e": "2026-02-28",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("integer", "three"), ("integer", "3.5"), ("integer", str(2**63)), ("decimal", "much"), ("decimal", "nan"),
        ("decimal", "inf"), ("date", "2026-13-01"), ("date", "tomorrow"), ("list", "[1, 2]"), ("list", "[broken"),
    ],
)  # fmt: skip
def test_bind_refuses_a_wrong_value(line: str, text: str) -> None:
    query = queries.parse(f"{HEADER}// parameter a {line}: doc of a\n{COLUMN}RETURN 1 AS x")
    with pytest.raises(queries.QueryError, match="parameter a must be") as caught:
        queries.bind(query, {"a": text})
    assert caught.value.hint == "doc of a"


def test_bind_names_what_is_missing_or_unknown() -> None:
    query = queries.load("who-to-invite")
    with pytest.raises(queries.QueryError, match="needs a value for 'vehicle'"):
        queries.bind(query, {})
    with pytest.raises(queries.QueryError, match="has no parameter 'vehicel'") as caught:
        queries.bind(query, {"vehicel": "v1"})
    assert "'vehicle'" in caught.value.hint


def test_load_proposes_the_nearest_name() -> None:
    with pytest.raises(queries.QueryError) as caught:
        queries.load("who-to-invit")
    assert caught.value.hint == "did you mean 'who-to-invite'?"
    with pytest.raises(queries.QueryError):
        queries.load("../secrets")


@pytest.mark.parametrize(
    "text",
    [
        "RETURN 1 AS x",
        "// name: q\n" + COLUMN,
        "// purpose: q\n" + COLUMN,
        HEADER + "RETURN 1 AS x",
        HEADER + "// surprise: x\n" + COLUMN,
        HEADER + "// parameter a number: x\n" + COLUMN,
        HEADER + "// parameter a text\n" + COLUMN,
        HEADER + "// parameter a integer = many: x\n" + COLUMN,
        HEADER + "// column x: one\n",
        HEADER + "// column x number: one\n",
        HEADER + "// sample a=1\n" + COLUMN,
        HEADER + "// sample a\n// parameter a text: x\n" + COLUMN,
        HEADER + "// sample a='1\n// parameter a text: x\n" + COLUMN,
        HEADER + "// sample a=1 a=2\n// parameter a text: x\n" + COLUMN,
        HEADER + "// sample a=many\n// parameter a integer: x\n" + COLUMN,
        HEADER + "// sample\n// parameter a integer: x\n" + COLUMN,
    ],
)
def test_parse_refuses_a_bad_header(text: str) -> None:
    with pytest.raises(queries.QueryError):
        queries.parse(text)


def test_a_sample_is_quoted_as_on_a_command_line() -> None:
    query = queries.parse(
        HEADER
        + "// sample topic='露营装备 推荐' days=7 note=\n"
        + "// parameter topic text: a topic\n// parameter days integer = 3: days\n// parameter note text = x: words\n"
        + COLUMN
        + "RETURN 1 AS x"
    )
    assert query.sample == {"topic": "露营装备 推荐", "days": "7", "note": ""}
    assert query.example == "q 'topic=露营装备 推荐' days=7 note="
    assert queries.parse(HEADER + COLUMN + "RETURN 1 AS x").example == "q"


def test_an_empty_default_is_a_default() -> None:
    query = queries.parse(HEADER + "// parameter a text = : nothing for all\n" + COLUMN + "RETURN 1 AS x")
    assert queries.bind(query, {}) == {"a": ""}


@pytest.mark.parametrize("kind", ["text", "list"])
def test_bind_refuses_what_is_no_text(kind: str) -> None:
    query = queries.parse(f"{HEADER}// parameter a {kind}: doc of a\n{COLUMN}RETURN 1 AS x")
    with pytest.raises(queries.QueryError, match="parameter a must be") as caught:
        queries.bind(query, {"a": "\ud800"})
    str(caught.value).encode()


@given(st.text(max_size=30))
def test_text_values_pass_unchanged(text: str) -> None:
    assert queries.bind(queries.load("co-bought"), {"product": text})["product"] == text


@given(st.text(max_size=200))
def test_garbage_is_a_query_error_or_a_query(text: str) -> None:
    try:
        query = queries.parse("// " + text)
    except queries.QueryError:
        return
    assert query.columns
