"""Last.fm (HetRec 2011): the split of the LightGCN code, and people of whom nothing but their friends is known.

Usage: python benchmarks/lastfm.py [--data DIR] [--part test|validation] [--only ours|quick|peers|stripped ...]
       [--people N] [--without-network] [--json FILE]

The first three parts are those of benchmarks/gowalla.py on another split. "stripped" takes all artists of 400 people
with friends away, for the test, and of another 400 for validation; of everybody else some artists are held out for
validation. The model with the product's defaults is chosen on validation and fitted again on everything but the test;
then it ranks all artists for the 400, beside popularity and its other voters. The random numbers have a fixed seed.

The folder holds lightgcn_train.csv.gz, lightgcn_test.csv.gz, and for "stripped" artists.csv.gz, user_artists.csv.gz and
user_friends.csv.gz, which number people and artists differently.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import gowalla
import numpy as np
import table
from full_ranking import Seconds, apart, clock, fit, measured, rows
from recommenders import loaded

import gnn
from graph.hetero import HeteroGraph
from graph.recommend.chosen_model import choose_model
from graph.recommend.registry import default_voters
from graph.recommend.split import Questions, Split, without_pairs
from graph.recommend.split_given import HELD_SHARE, held_out
from graph.recommend.target import SOURCE, Target, choose_target, first_events
from graph.text import Int64

PUBLISHED = (("GF-CF, as measured before", 0.2741, 0.2140),)
STRIPPED = "stripped"
_PEOPLE = 400
# People with fewer artists are not stripped.
_FEWEST = 5


def stripped_split(graph: HeteroGraph, target: Target, rng: np.random.Generator) -> Split:
    """A split whose test, and part of whose validation, is about people of whom only ties are known."""
    events, width = first_events(graph, target), graph.count(target.node_type)
    pairs = np.unique(events.users * width + events.items)
    users = pairs // width
    with_ties = np.unique(np.concatenate([graph.edges(key).src for key in graph.keys(source=SOURCE, target=SOURCE)]))
    many = np.flatnonzero(np.bincount(users) >= _FEWEST)
    drawn = rng.permutation(np.intersect1d(with_ties, many))
    asked = np.isin(users, drawn[:_PEOPLE])
    later = pairs[asked]
    rest = pairs[~asked]
    held = held_out(rest // width, share=HELD_SHARE, rng=rng) | np.isin(rest // width, drawn[_PEOPLE : 2 * _PEOPLE])
    before = rest[held]
    whole = without_pairs(graph, target, later)
    part = without_pairs(whole, target, before)
    note = f"{_PEOPLE} people stripped of all events for the test, {_PEOPLE} others for validation"
    return Split(target, part, _questions(part, before, width), _questions(whole, later, width), "given", None, note)


def _questions(known: HeteroGraph, pairs: Int64, width: int) -> Questions:
    return Questions(known, pairs // width, pairs % width)


def stripped(data: Path, *, network: bool) -> Iterator[table.Row]:
    """The rows of people of whom only ties are known."""
    mapping = Path(__file__).parents[1] / "examples" / "lastfm.toml"
    graph = loaded(mapping, data)
    target = choose_target(graph, "Product")
    split = stripped_split(graph, target, np.random.default_rng([0, 1_000]))
    print(split.note)
    offered = (*default_voters(), *([gnn.voter()] if network else []))
    chosen, choosing = clock(lambda: choose_model(split, offered, gnn.ranker(), seed=0, on_step=gowalla.step))
    print(f"{chosen.summary}\nweights by level: {chosen.fusion.weights.T.tolist()}", flush=True)
    yield table.row("stripped, choosing on validation", choosing.cpu, unit="CPU s")
    voters, fits = {}, {}
    for place, voter in enumerate(chosen.recommenders):
        voters[voter.name], fits[voter.name] = fit(voter, split.before_test(), place)
    model = chosen.model.with_voters(voters)
    assert split.test is not None  # stripped_split asks
    users = np.unique(split.test.users)
    found = measured(model, split.test, users, fit=sum(fits.values(), Seconds()))
    yield from rows(f"stripped, {model.kind} of {', '.join(voters)}", found)
    for name, voter in model.voters.items():
        alone = measured(voter, split.test, users, fit=fits[name])
        yield apart(f"stripped, ours beside {name} alone", found, alone)


def run(options: argparse.Namespace) -> Iterator[table.Row]:
    """The rows of all parts that are asked for, and whose files are there."""
    if set(options.only) & set(gowalla.PARTS):
        split = gowalla.given(options.data / "lightgcn_train.csv.gz", options.data / "lightgcn_test.csv.gz")
        if split is not None:
            yield from gowalla.run(split, options, published=PUBLISHED)
    if STRIPPED in options.only:
        missing = [name for name in ("artists", "user_artists", "user_friends") if not _file(options, name).exists()]
        if missing:
            print(f"stripped: skipped, {' and '.join(missing)} not found; give the folder with --data")
            return
        yield from stripped(options.data, network=not options.without_network)


def _file(options: argparse.Namespace, name: str) -> Path:
    folder: Path = options.data
    return folder / f"{name}.csv.gz"


def main() -> int:
    options = gowalla.arguments(str(__doc__), "lastfm", (*gowalla.PARTS, STRIPPED)).parse_args()
    table.report(run(options), options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
