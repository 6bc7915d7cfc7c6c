"""Gowalla, the standard split of published recommenders: our model, its voters, a quick one, and peers, in one table.

Usage: python benchmarks/gowalla.py [--data DIR] [--part test|validation] [--only ours|quick|peers ...] [--people N]
       [--without-network] [--json FILE]

Every model ranks all items that a person does not have in the training part; Recall@20 and NDCG@20 are means over the
people asked. All choices, ours and those of the peers, are made on a validation part of the training file, held out
person by person, with models fitted on the rest; then everything is fitted again on the whole training file and the
test is looked at once. ``--part validation`` stops before that and measures on validation people whom the weights were
not chosen on.

- ours: the model with the product's defaults. Choosing is timed apart from the final fit and the ranking of everybody.
  Beside it stand its voters alone, and the network beside what it starts from: the same vectors, untrained.
- quick: the weighted sum of person-knn and smooth, which are fitted in seconds.
- peers: see ``full_ranking_peers``.

Seconds are CPU seconds of this process unless they are called "s", which are seconds on the wall. The folder holds
train.csv.gz and test.csv.gz with the columns user and item.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import table
from full_ranking import Found, Seconds, apart, clock, fit, forget_peak, measured, rows
from full_ranking_peers import peers

import gnn
from gnn.training import Gnn
from graph.recommend.base import Combined, Fitted, Recommender
from graph.recommend.chosen_model import choose_model
from graph.recommend.ranker.choice import RankerTrainer
from graph.recommend.registry import default_voters
from graph.recommend.split import Questions, Split, full_split
from graph.recommend.split_given import read_given_split
from graph.recommend.voters.person_knn import PersonKnn
from graph.recommend.voters.popularity import Popularity
from graph.recommend.voters.smooth import Smooth
from graph.text import Int64

PARTS = ("ours", "quick", "peers")
ALONE = ("filter", "gnn", "person-knn", "als", "item-knn", "popularity")
PUBLISHED = (("LightGCN", 0.1830, 0.1554), ("BSPM-EM", 0.1920, 0.1597), ("NESCL", 0.1917, 0.1617))
# People on whom the weights are not chosen, so that validation can be measured on the others.
_POOL = 2_000

Published = tuple[tuple[str, float, float], ...]


def asked(split: Split, part: str, people: int | None) -> tuple[Questions, Int64]:
    """The questions of a part, and whom to ask, ascending."""
    questions = split.test if part == "test" else split.validation
    assert questions is not None  # a given split has both
    users = np.unique(questions.users)
    if part == "validation":
        drawn = np.random.default_rng([0, 1_001]).choice(users, min(_POOL, len(users) // 2), replace=False)
        users = np.setdiff1d(users, drawn)
    if people is not None and people < len(users):
        users = np.sort(np.random.default_rng(5).choice(users, people, replace=False))
    return questions, users


def ours(split: Split, part: str, people: int | None, *, network: bool, published: Published) -> Iterator[table.Row]:
    """Choose, fit and measure the product's model; then its voters alone, and the network untrained."""
    questions, users = asked(split, part, people)
    offered = (*default_voters(), *([gnn.voter()] if network else []))
    choice = choose(split, part, offered, gnn.ranker())
    label = "choosing on validation: forms of the voters, their weights, the ranker"
    yield table.row(label, choice.seconds.cpu, unit="CPU s")
    model, fits = choice.refitted(split)
    found = measured(model, questions, users, fit=sum(fits.values(), Seconds()))
    yield from rows(f"{model.kind} of {', '.join(fits)}", found, beside=published if part == "test" else ())
    singles = {}
    for name in (name for name in ALONE if name in fits):
        singles[name] = measured(model.voters[name], questions, users, fit=fits[name])
        yield from rows(f"{name} alone", singles[name])
        yield apart(f"ours beside {name} alone", found, singles[name])
    if network and "gnn" not in fits:
        del model
        yield from network_alone(split, part, questions, users, found)
    elif network:
        yield from untrained(questions, split, users, singles["gnn"])


def network_alone(split: Split, part: str, questions: Questions, users: Int64, whole: Found) -> Iterator[table.Row]:
    """The network, which the product has left out, trained and measured by itself."""
    (form, tuned), seconds = clock(lambda: gnn.voter().tune(split, np.random.default_rng([0, len(default_voters())])))
    yield table.row("gnn alone, choosing on validation", seconds.cpu, unit="CPU s")
    model, seconds = (tuned, seconds) if part == "validation" else fit(form, split.before_test(), len(default_voters()))
    alone = measured(model, questions, users, fit=seconds)
    yield from rows("gnn alone", alone)
    yield apart("ours beside gnn alone", whole, alone)
    yield from untrained(questions, split, users, alone)


@dataclass(frozen=True)
class Choice:
    """What the product chose on validation: the voters, the model, and how long it took."""

    recommenders: Sequence[Recommender]
    model: Combined
    seconds: Seconds

    def refitted(self, split: Split) -> tuple[Combined, dict[str, Seconds]]:
        """The model as it is measured, and how long each voter took to fit; 0 where it was fitted for validation."""
        if self.model.voters:
            return self.model, dict.fromkeys(self.model.voters, Seconds())
        gc.collect()
        forget_peak()
        voters, fits = {}, {}
        for place, voter in enumerate(self.recommenders):
            voters[voter.name], fits[voter.name] = fit(voter, split.before_test(), place)
        return self.model.with_voters(voters), fits


def choose(split: Split, part: str, offered: Sequence[Recommender], ranker: RankerTrainer | None) -> Choice:
    """The product's choice; for the test without its voters, so that two sets of them are never in memory at once."""
    chosen, seconds = clock(lambda: choose_model(split, offered, ranker, seed=0, on_step=step))
    print(f"{chosen.summary}\nweights by level: {chosen.fusion.weights.T.tolist()}", flush=True)
    return Choice(chosen.recommenders, chosen.model if part == "validation" else chosen.model.with_voters({}), seconds)


def untrained(questions: Questions, split: Split, users: Int64, trained: Found) -> Iterator[table.Row]:
    """The network beside the same vectors through the same head without a step of training."""
    start: Fitted
    base = full_split(questions.known, split.target)
    start, seconds = fit(Gnn(gnn.voter().settings, epochs=0), base)
    found = measured(start, questions, users, fit=seconds)
    yield from rows("gnn untrained", found)
    yield apart("gnn beside gnn untrained", trained, found)


def quick(split: Split, part: str, people: int | None, *, published: Published) -> Iterator[table.Row]:
    """The weighted sum of two voters whose fitting costs seconds; popularity orders what they do not tell apart."""
    questions, users = asked(split, part, people)
    choice = choose(split, part, (Popularity(), PersonKnn(), Smooth()), None)
    yield table.row("quick, choosing on validation", choice.seconds.cpu, unit="CPU s")
    model, fits = choice.refitted(split)
    found = measured(model, questions, users, fit=sum(fits.values(), Seconds()))
    yield from rows("quick, person-knn sharpened by smooth", found, beside=published if part == "test" else ())


def step(what: str) -> None:
    """Say what is done, and the CPU seconds so far."""
    print(f"{time.process_time():.0f} CPU s: {what}", flush=True)


def run(split: Split, options: argparse.Namespace, *, published: Published) -> Iterator[table.Row]:
    """The rows of the parts that are asked for."""
    part, people = options.part, options.people
    if "quick" in options.only:
        yield from quick(split, part, people, published=published)
    if "ours" in options.only:
        yield from ours(split, part, people, network=not options.without_network, published=published)
    if "peers" in options.only:
        yield from peers(split, *asked(split, part, people))


def arguments(text: str, folder: str, parts: tuple[str, ...] = PARTS) -> argparse.ArgumentParser:
    """The options that all standard splits have."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[1] / "../shared/data" / folder)
    parser.add_argument("--part", choices=("test", "validation"), default="test")
    parser.add_argument("--only", choices=parts, nargs="+", default=parts, help="what to measure (default: all)")
    parser.add_argument("--people", type=int, help="ask about so many people only, drawn by chance")
    parser.add_argument("--without-network", action="store_true", help="train no graph neural network")
    parser.add_argument("--json", type=Path)
    return parser


def given(train: Path, test: Path) -> Split | None:
    """The split of two files; None, and a line that says so, where they are not there."""
    if missing := [str(file) for file in (train, test) if not file.exists()]:
        print(f"skipped: {' and '.join(missing)} not found; give the folder with --data")
        return None
    split = read_given_split(train, test, rng=np.random.default_rng([0, 1_000]))
    print(f"{len(split.train.ids('Person')):,} people, {split.train.count('Product'):,} items; {split.note}")
    return split


def main() -> int:
    options = arguments(str(__doc__), "gowalla").parse_args()
    split = given(options.data / "train.csv.gz", options.data / "test.csv.gz")
    if split is not None:
        table.report(run(split, options, published=PUBLISHED), options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
