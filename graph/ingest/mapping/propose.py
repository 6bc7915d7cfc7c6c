"""A mapping file proposed from the headers and a sample of a folder's files, for the user to correct."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from graph.errors import DataError
from graph.ingest.formats import data_ending, is_data_ending
from graph.ingest.mapping.proposed_entry import Entry, toml_of
from graph.ingest.mapping.sampling import (
    Fit,
    Survey,
    has_word,
    is_exclusion,
    is_kol,
    is_time,
    node_type_in,
    node_type_of,
    plain,
    survey,
)
from graph.ingest.mapping.vocabulary import (
    COUNTS,
    EVENT_WORDS,
    NODE_WORDS,
    PAIRS,
    RELATION_COLUMNS,
    SYNONYMS,
    UNDONE,
    WEIGHTS,
)
from graph.ingest.spreadsheets import SAVE_AS_CSV, is_spreadsheet
from graph.schema import TIMES, EdgeKey, EdgeType, Schema, relation_words

_EXCLUSION = (
    "its name says that it lists people who must not be contacted, so it must not make them known; "
    "name it as `exclude` in graphvine.toml"
)
_NO_IDS = "no two columns of it look like ids, and no one is an id of its own"
# A column of few values: a relation, not an id.
_FEW = 20


@dataclass(frozen=True)
class _Ends:
    """The two ends of an edge file: columns and node types."""

    source: str
    source_type: str
    target: str
    target_type: str
    sure: bool


@dataclass(frozen=True)
class Proposal:
    """A proposed mapping.

    Attributes:
        text: The mapping file, as TOML.
        left_out: Name of each file that is not mapped, and why; the text names them too.
        exclusions: Those of them that list people who must not be contacted, by their names.
    """

    text: str
    left_out: Mapping[str, str]
    exclusions: tuple[str, ...] = ()


def propose(directory: Path, schema: Schema) -> str:
    """The text of ``proposal``."""
    return proposal(directory, schema).text


def proposal(directory: Path, schema: Schema) -> Proposal:
    """A commented mapping file for the data files in a folder.

    What is a guess says "check:" behind it. Files that fit nothing or cannot be read are named in a comment.

    Raises:
        DataError: no file of the folder can be mapped.
    """
    surveys, left_out = _surveys(directory)
    keys = {
        s.name: found
        for s in surveys
        if (found := _node_key(s)) and (_is_list(s, found, schema) or not _edge_ends(s, {}))
    }
    known = {
        (node, s.name): set(s.columns[column]) for s in surveys if s.name in keys for column, node in [keys[s.name]]
    }
    entries: list[Entry] = []
    for s in surveys:
        ends = None if s.name in keys else _edge_ends(s, known)
        if s.name in keys:
            entries.append(_node_entry(s, *keys[s.name], schema))
        elif ends:
            typed = {node for node, _ in known}
            listed = {end for end in ("source", "target") if getattr(ends, f"{end}_type") in typed}
            if "Person" not in typed and ends.target_type != "Person":
                entries.append(_people_entry(s, ends))
                listed.add("source")
            entry = _edge_entry(s, ends, schema, listed)
            if entry:
                entries.append(entry)
            else:
                left_out[s.name] = _NO_IDS
        else:
            left_out[s.name] = _NO_IDS
    if not entries:
        raise DataError(
            "no file has columns that look like ids of people, products or vehicles",
            file=str(directory),
            hint="name the id columns user_id, product_id or vehicle_id, or write mapping.toml by hand",
        )
    left_out = dict(sorted(left_out.items()))
    parts = [_preamble(entries), *(e.text() for e in sorted(entries, key=_nodes_first))]
    text = "\n".join([*parts, *(_unmapped(*pair) for pair in left_out.items())])
    exclusions = tuple(name for name, why in left_out.items() if why == _EXCLUSION)
    return Proposal(text, MappingProxyType(left_out), exclusions)


def _nodes_first(entry: Entry) -> bool:
    return not entry.lines[0].startswith("node")


def _surveys(directory: Path) -> tuple[list[Survey], dict[str, str]]:
    """The samples of the readable data files in a folder, and why the others are left out."""
    files = sorted(p for p in directory.iterdir() if p.is_file()) if directory.is_dir() else []
    surveys, left_out, first = [], dict[str, str](), None
    for path in files:
        if path.name.startswith("."):
            continue
        if is_spreadsheet(path):
            left_out[path.name] = f"a spreadsheet is not read; {SAVE_AS_CSV}"
        elif is_data_ending(data_ending(path)) and is_exclusion(path.name):
            left_out[path.name] = _EXCLUSION
        elif is_data_ending(data_ending(path)):
            try:
                surveys.append(survey(directory, path.name))
            except DataError as error:
                first = first or error
                left_out[path.name] = f"{error.message.removeprefix(f'{error.file}: ')}; {error.hint}"
        elif any(is_data_ending(ending.lower()) for ending in path.suffixes):
            left_out[path.name] = "its name does not end like that of a data file; rename it if it is one"
    if not surveys and first is not None:
        raise first
    if not surveys:
        if any(map(is_spreadsheet, files)):
            raise DataError("there is only a spreadsheet here", file=str(directory), hint=SAVE_AS_CSV)
        hint = "put CSV, TSV, JSONL or Parquet files into it, or make a market: graphvine data synth DIR"
        raise DataError("there is no data file here", file=str(directory), hint=hint)
    return surveys, left_out


def _preamble(entries: Sequence[Entry]) -> str:
    zone = 'time_zone = "Asia/Shanghai"'
    return "\n".join(
        [
            '# Which file holds what. Lines with "check:" are guesses; `graphvine data check` tries them all.',
            f"{zone}  # check: of times without an offset; queries and reports show its months, days and hours"
            if any(e.moments for e in entries)
            else f"# {zone}  # where files have times",
            "",
        ]
    )


def _unmapped(name: str, why: str) -> str:
    # A name or a message may hold a line end; a comment may not.
    return f"# {toml_of(name)} is not mapped: {' '.join(why.split())}.\n"


def _node_key(s: Survey) -> tuple[str, str] | None:
    """The id column and the node type of a node file."""
    columns = list(s.columns)
    for column in columns:
        if node_type_of(column) and (s.nearly_unique(column) or not s.rows):
            return column, node_type_of(column)
    node = node_type_in(s.words)
    named = [c for c in columns if plain(c) in ("id", "编号", "code", "key")]
    for column in [*named, *columns[:1]]:
        if node and s.nearly_unique(column):
            return column, node
    return None


def _is_list(s: Survey, key: tuple[str, str], schema: Schema) -> bool:
    """Whether the file's name says that it lists these nodes, whatever else its columns refer to."""
    about_events = any(has_word(s.words, words) for _, words in relation_words(schema))
    return s.nearly_unique(key[0]) and node_type_in(s.words) == key[1] and not about_events


def _edge_ends(s: Survey, known: dict[tuple[str, str], set[str]]) -> _Ends | None:
    """The ends of an edge file: by the names of its columns, else by values that are ids of a node file."""
    named = [(c, node_type_of(c)) for c in s.columns if node_type_of(c)]
    people = [c for c, node in named if node == "Person"]
    others = [(c, node) for c, node in named if node != "Person"]
    if people and others:
        return _Ends(people[0], "Person", *others[0], sure=len(others) == 1)
    if len(people) > 1:
        return _Ends(people[0], "Person", people[1], "Person", sure=True)
    lower = {plain(c): c for c in s.columns}
    for first, second in PAIRS:
        ends = [lower.get(first) or lower.get(f"{first}id"), lower.get(second) or lower.get(f"{second}id")]
        if ends[0] and ends[1]:
            return _Ends(ends[0], "Person", ends[1], "Person", sure=False)
        if people and ends[1]:
            return _Ends(people[0], "Person", ends[1], "Person", sure=False)
    found = [(c, node) for c in s.columns for node in [_by_values(s, c, known)] if node]
    people = people or [c for c, node in found if node == "Person"]
    rest = [(c, node) for c, node in [*others, *found] if people and c != people[0]]
    return _Ends(people[0], "Person", *rest[0], sure=False) if rest else None


def _by_values(s: Survey, column: str, known: dict[tuple[str, str], set[str]]) -> str:
    values = set(s.columns[column])
    if len(values) <= _FEW:
        return ""
    shares = [(len(values & ids) / len(values), node) for (node, _), ids in sorted(known.items())]
    share, node = max(shares, default=(0.0, ""))
    return node if share >= 0.5 else ""


def _node_entry(s: Survey, key: str, node: str, schema: Schema) -> Entry:
    entry = Entry(s)
    entry.put("node", node, check="" if node_type_of(key) else "what these are")
    if node == "Person":
        entry.put("roles", ["KOL" if is_kol(s.name) or is_kol(key) else "User"])
    more = s.rows - len(set(s.columns[key]))
    entry.put("id", key, key, check=f"{more:,} of {s.rows:,} rows have none, or one that another row has" * bool(more))
    units, fits = set[str](), dict[str, Fit]()
    for ours, spec in schema.node(node).columns.items():
        for theirs in _named(s, ours, entry.used, NODE_WORDS.get(node, ())):
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


def _named(s: Survey, ours: str, used: set[str], before: Iterable[str] = ()) -> Iterator[str]:
    """The columns that could be our column of that name, the best first; such words may stand before it."""
    wanted = [plain(name) for name in (ours, *SYNONYMS.get(ours, ()))]
    for names in (wanted, [word + name for name in wanted for word in before]):
        for name in names:
            yield from (column for column in s.columns if column not in used and plain(column) == name)


def _people_entry(s: Survey, ends: _Ends) -> Entry:
    entry = Entry(s, rest="the entry of the same file with an edge reads what it can of them")
    entry.put("node", "Person")
    entry.put(
        "roles", ["KOL" if is_kol(ends.source) else "User"], check="no file lists the people, so they come from here"
    )
    entry.put("id", ends.source, ends.source)
    return entry


def _edge_entry(s: Survey, ends: _Ends, schema: Schema, listed: set[str]) -> Entry | None:
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
        if column not in entry.used and has_word(plain(column), EVENT_WORDS) and s.unique(column):
            entry.put("event_id", column, column)
            break
    for ours, spec in edge.columns.items():
        if ours == TIMES:
            continue
        theirs = next(_named(s, ours, entry.used), "")
        fit = s.fit(theirs, spec) if theirs else None
        if fit and (ours != "kind" or set(s.columns[theirs]) <= set(edge.kinds)) and entry.accepts(fit, f"is {ours}"):
            more[ours] = fit
    entry.put_columns(more)
    _doubt_states(entry)
    # A tie may name somebody whom no list of users has.
    missing = [end for end in ("source", "target") if end not in listed or ends.target_type == ends.source_type]
    if missing:
        entry.put("create", missing, check="makes nodes that no file lists")
    return entry


def _put_time(entry: Entry) -> None:
    for column in entry.survey.columns:
        if column not in entry.used and is_time(column):
            unit, fit = entry.survey.fit_time(column)
            # Without its time an event would count as one of unknown date; that is for the user to decide.
            entry.timeless |= {value for _, value in fit.empty}
            if entry.accepts(fit.strict(), "speaks of time"):
                entry.put("time", column, column, check=entry.misfits(fit.strict()))
                entry.moments.add(column)
                if unit != "text":
                    entry.put("time_unit", unit)
                return


def _doubt_states(entry: Entry) -> None:
    """Say of a column of states that it tells events apart of which nothing came."""
    s = entry.survey
    for column, values in s.columns.items():
        undone = [at for at, value in enumerate(values) if has_word(value.lower(), UNDONE)]
        if column not in entry.used and undone and len(set(values)) <= _FEW:
            first = f"{values[undone[0]]!r} in row {s.numbers[column][undone[0]]}"
            entry.why[column] = (
                f"check: it says of {len(undone):,} of {s.rows:,} rows that nothing came of them, as {first};"
                " they count like the others unless you delete them"
            )


def _counts(column: str, edge: EdgeType) -> bool:
    """Whether the name of a column says how often each row happened, while the weight says something else."""
    return edge.meaning.measure != "count" and has_word(plain(column), COUNTS)


def _times_of(entry: Entry, edge: EdgeType) -> dict[str, Fit]:
    """The column that says how often each row happened, under the name of ours; empty where there is none."""
    for column in entry.survey.columns:
        if column not in entry.used and _counts(column, edge):
            fit = entry.survey.fit(column, edge.columns[TIMES])
            if entry.accepts(fit, "says how often"):
                entry.used.add(column)
                return {TIMES: fit}
    return {}


def _put_weight(entry: Entry, edge: EdgeType) -> None:
    for column in entry.survey.columns:
        fitting = has_word(plain(column), WEIGHTS) and not _counts(column, edge)
        if column not in entry.used and fitting and edge.weight:
            fit = entry.survey.fit(column, edge.weight_column)
            if entry.accepts(fit, f"could be the {edge.weight}"):
                weighs = f"{edge.key.relation} weighs by {edge.weight}"
                entry.put("weight", column, column, check="; ".join(filter(None, (weighs, entry.misfits(fit)))))
                return


def _put_relation(entry: Entry, ends: _Ends, schema: Schema) -> EdgeKey | None:
    """Write the edge type or the relation column; returns an edge type of the file."""
    s = entry.survey
    for column in s.columns:
        values = sorted(set(s.columns[column]))
        table = {value: key for value in values if (key := _edge_of(plain(value), ends, schema))}
        named = has_word(plain(column), RELATION_COLUMNS)
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
            if any(w in plain(c) for c in s.columns)
        ]
        words = {"rating": "rating", "score": "rating", "评分": "rating"}
        key = _edge_of(words.get(hints[0], "buy") if hints else "view", ends, schema) or _edge_of("view", ends, schema)
        if key:
            entry.put("edge", str(key), check="the relation")
            return key
    if key:
        entry.put("edge", str(key), check="" if ends.sure else "the relation")
    return key


def _edge_of(words: str, ends: _Ends, schema: Schema) -> EdgeKey | None:
    for relation, known in relation_words(schema):
        key = EdgeKey(ends.source_type, relation, ends.target_type)
        if key in schema.edges and has_word(words, known):
            return key
    return None
