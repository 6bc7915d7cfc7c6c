"""Entries of a proposed mapping for files of edges."""

from __future__ import annotations

from dataclasses import dataclass

from graph.ingest.mapping.proposed_entry import Entry
from graph.ingest.mapping.proposed_nodes import columns_named
from graph.ingest.mapping.sampling import FileSample, Fit, has_word, is_time, node_type_of, plain_name
from graph.ingest.mapping.vocabulary import COUNTS, EVENT_WORDS, PAIRS, RELATION_COLUMNS, UNDONE, WEIGHTS
from graph.schema import EdgeKey, EdgeType, Schema
from graph.schema.market import relation_words
from graph.schema.types import TIMES

# A column of at most so many distinct values names a relation or a state, not ids.
_FEW = 20


@dataclass(frozen=True)
class Endpoints:
    """The two id columns of a file of edges, with their node types."""

    source: str
    source_type: str
    target: str
    target_type: str
    sure: bool


def find_endpoints(s: FileSample, known: dict[tuple[str, str], set[str]]) -> Endpoints | None:
    """The id columns of a file of edges: found by their names, else by values that are ids in a file of nodes."""
    named = [(c, node_type_of(c)) for c in s.columns if node_type_of(c)]
    people = [c for c, node in named if node == "Person"]
    others = [(c, node) for c, node in named if node != "Person"]
    if people and others:
        return Endpoints(people[0], "Person", *others[0], sure=len(others) == 1)
    if len(people) > 1:
        return Endpoints(people[0], "Person", people[1], "Person", sure=True)
    lower = {plain_name(c): c for c in s.columns}
    for first, second in PAIRS:
        ends = [lower.get(first) or lower.get(f"{first}id"), lower.get(second) or lower.get(f"{second}id")]
        if ends[0] and ends[1]:
            return Endpoints(ends[0], "Person", ends[1], "Person", sure=False)
        if people and ends[1]:
            return Endpoints(people[0], "Person", ends[1], "Person", sure=False)
    found = [(c, node) for c in s.columns for node in [_by_values(s, c, known)] if node]
    people = people or [c for c, node in found if node == "Person"]
    rest = [(c, node) for c, node in [*others, *found] if people and c != people[0]]
    return Endpoints(people[0], "Person", *rest[0], sure=False) if rest else None


def _by_values(s: FileSample, column: str, known: dict[tuple[str, str], set[str]]) -> str:
    values = set(s.columns[column])
    if len(values) <= _FEW:
        return ""
    shares = [(len(values & ids) / len(values), node) for (node, _), ids in sorted(known.items())]
    share, node = max(shares, default=(0.0, ""))
    return node if share >= 0.5 else ""


def edge_entry(s: FileSample, ends: Endpoints, schema: Schema, listed: set[str]) -> Entry | None:
    """The entry of a file of edges; None where no relation of the schema joins its node types.

    Args:
        s: The sample of the file.
        ends: Its two id columns and their node types.
        schema: The market schema.
        listed: Those of "source" and "target" whose nodes another file lists.
    """
    entry = Entry(s, used={ends.source, ends.target})
    relation = _put_relation(entry, ends, schema)
    if relation is None:
        return None
    entry.put("source", ends.source, check="" if ends.sure else "the one who acts")
    entry.put("target", ends.target, check="" if ends.sure else "whom or what it is about")
    _put_time(entry)
    edge = schema.edge(relation)
    more = _times_of(entry, edge)
    _put_weight(entry, edge)
    for column in s.columns:
        if column not in entry.used and has_word(plain_name(column), EVENT_WORDS) and s.unique(column):
            entry.put("event_id", column, column)
            break
    for ours, spec in edge.columns.items():
        if ours == TIMES:
            continue
        theirs = next(columns_named(s, ours, entry.used), "")
        fit = s.fit(theirs, spec) if theirs else None
        if fit and (ours != "kind" or set(s.columns[theirs]) <= set(edge.kinds)) and entry.accepts(fit, f"is {ours}"):
            more[ours] = fit
    entry.put_columns(more)
    _doubt_states(entry)
    # Edges between people may name people whom no file of users lists.
    missing = [end for end in ("source", "target") if end not in listed or ends.target_type == ends.source_type]
    if missing:
        entry.put("create", missing, check="makes nodes that no file lists")
    return entry


def _put_time(entry: Entry) -> None:
    for column in entry.sample.columns:
        if column not in entry.used and is_time(column):
            unit, fit = entry.sample.fit_time(column)
            # Whether events without a time may be loaded as undated ones is for the user to decide.
            entry.timeless |= {value for _, value in fit.empty}
            if entry.accepts(fit.strict(), "speaks of time"):
                entry.put("time", column, column, check=entry.misfits(fit.strict()))
                entry.moments.add(column)
                if unit != "text":
                    entry.put("time_unit", unit)
                return


def _doubt_states(entry: Entry) -> None:
    """Warn about a column of states that marks some events as cancelled, failed or refunded."""
    s = entry.sample
    for column, values in s.columns.items():
        undone = [at for at, value in enumerate(values) if has_word(value.lower(), UNDONE)]
        if column not in entry.used and undone and len(set(values)) <= _FEW:
            first = f"{values[undone[0]]!r} in row {s.numbers[column][undone[0]]}"
            entry.why[column] = (
                f"check: it says of {len(undone):,} of {s.rows:,} rows that nothing came of them, as {first};"
                " they count like the others unless you delete them"
            )


def _counts(column: str, edge: EdgeType) -> bool:
    """Whether a column is named like a count of events, in a relation whose weight is no count."""
    return edge.meaning.measure != "count" and has_word(plain_name(column), COUNTS)


def _times_of(entry: Entry, edge: EdgeType) -> dict[str, Fit]:
    """The column that counts how often each row happened, as the schema column ``times``; empty where there is none."""
    for column in entry.sample.columns:
        if column not in entry.used and _counts(column, edge):
            fit = entry.sample.fit(column, edge.columns[TIMES])
            if entry.accepts(fit, "says how often"):
                entry.used.add(column)
                return {TIMES: fit}
    return {}


def _put_weight(entry: Entry, edge: EdgeType) -> None:
    for column in entry.sample.columns:
        fitting = has_word(plain_name(column), WEIGHTS) and not _counts(column, edge)
        if column not in entry.used and fitting and edge.weight:
            fit = entry.sample.fit(column, edge.weight_column)
            if entry.accepts(fit, f"could be the {edge.weight}"):
                weighs = f"{edge.key.relation} weighs by {edge.weight}"
                entry.put("weight", column, column, check="; ".join(filter(None, (weighs, entry.misfits(fit)))))
                return


def _put_relation(entry: Entry, ends: Endpoints, schema: Schema) -> EdgeKey | None:
    """Write the edge type or the relation column; returns an edge type of the file."""
    s = entry.sample
    for column in s.columns:
        values = sorted(set(s.columns[column]))
        table = {value: key for value in values if (key := _edge_of(plain_name(value), ends, schema))}
        named = has_word(plain_name(column), RELATION_COLUMNS)
        if column not in entry.used and 1 < len(values) <= _FEW and named and len(set(table.values())) > 1:
            left = [v for v in values if v not in table]
            entry.put(
                "relation",
                {"column": column, "values": {value: str(key) for value, key in table.items()}},
                column,
                check=f"no relation for {', '.join(left)}" if left else "",
            )
            return next(iter(table.values()))
    key = _edge_of(s.words, ends, schema)
    if key is None and ends.source_type == ends.target_type:
        key = _edge_of("follow", ends, schema)
    elif key is None:
        hints = [
            w
            for w in ("rating", "score", "评分", "amount", "金额", "订单", "order")
            if any(w in plain_name(c) for c in s.columns)
        ]
        words = {"rating": "rating", "score": "rating", "评分": "rating"}
        key = _edge_of(words.get(hints[0], "buy") if hints else "view", ends, schema) or _edge_of("view", ends, schema)
        if key:
            entry.put("edge", str(key), check="the relation")
            return key
    if key:
        entry.put("edge", str(key), check="" if ends.sure else "the relation")
    return key


def _edge_of(words: str, ends: Endpoints, schema: Schema) -> EdgeKey | None:
    for relation, known in relation_words(schema):
        key = EdgeKey(ends.source_type, relation, ends.target_type)
        if key in schema.edges and has_word(words, known):
            return key
    return None
