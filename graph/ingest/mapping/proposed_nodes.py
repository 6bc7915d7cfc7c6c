"""Entries of a proposed mapping for files of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graph.ingest.mapping.proposed_entry import Entry
from graph.ingest.mapping.sampling import FileSample, Fit, has_word, is_kol, node_type_in, node_type_of, plain_name
from graph.ingest.mapping.vocabulary import NODE_WORDS, SYNONYMS
from graph.schema import Schema
from graph.schema.market import relation_words


def node_key(s: FileSample) -> tuple[str, str] | None:
    """The id column and the node type of a node file."""
    columns = list(s.columns)
    for column in columns:
        if node_type_of(column) and (s.nearly_unique(column) or not s.rows):
            return column, node_type_of(column)
    node = node_type_in(s.words)
    named = [c for c in columns if plain_name(c) in ("id", "编号", "code", "key")]
    for column in [*named, *columns[:1]]:
        if node and s.nearly_unique(column):
            return column, node
    return None


def lists_nodes(s: FileSample, key: tuple[str, str], schema: Schema) -> bool:
    """Whether the file's name says that it lists these nodes, whatever else its columns refer to."""
    about_events = any(has_word(s.words, words) for _, words in relation_words(schema))
    return s.nearly_unique(key[0]) and node_type_in(s.words) == key[1] and not about_events


def node_entry(s: FileSample, key: str, node: str, schema: Schema) -> Entry:
    """The entry of a file that lists nodes.

    Args:
        s: The sample of the file.
        key: Its id column.
        node: The node type.
        schema: The market schema, whose columns are looked for by their names and types.
    """
    entry = Entry(s)
    entry.put("node", node, check="" if node_type_of(key) else "what these are")
    if node == "Person":
        entry.put("roles", ["KOL" if is_kol(s.name) or is_kol(key) else "User"])
    more = s.rows - len(set(s.columns[key]))
    entry.put("id", key, key, check=f"{more:,} of {s.rows:,} rows have none, or one that another row has" * bool(more))
    units, fits = set[str](), dict[str, Fit]()
    for ours, spec in schema.node(node).columns.items():
        for theirs in columns_named(s, ours, entry.used, NODE_WORDS.get(node, ())):
            timed = spec.type in ("time", "date")
            unit, fit = s.fit_time(theirs, spec.type) if timed else ("text", s.fit(theirs, spec))
            if entry.accepts(fit, f"is called like {ours}"):
                fits[ours] = fit
                entry.used.add(theirs)
                units |= {unit} if timed else set()
                entry.moments |= {theirs} if spec.type == "time" or s.needs_zone(theirs, unit) else set()
                break
    entry.put_columns(fits)
    if units - {"text"}:
        entry.put("time_unit", min(units - {"text"}))
    return entry


def columns_named(s: FileSample, ours: str, used: set[str], before: Iterable[str] = ()) -> Iterator[str]:
    """The columns that could be our column of that name, the best first; such words may stand before it."""
    wanted = [plain_name(name) for name in (ours, *SYNONYMS.get(ours, ()))]
    for names in (wanted, [word + name for name in wanted for word in before]):
        for name in names:
            yield from (column for column in s.columns if column not in used and plain_name(column) == name)


def people_entry(s: FileSample, column: str) -> Entry:
    """A further entry of a file of edges that makes people from one of its columns, where no file lists people."""
    entry = Entry(s, rest="the entry of the same file with an edge reads what it can of them")
    entry.put("node", "Person")
    entry.put("roles", ["KOL" if is_kol(column) else "User"], check="no file lists the people, so they come from here")
    entry.put("id", column, column)
    return entry
