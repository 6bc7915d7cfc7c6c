"""Verdicts on authenticity beside what was planted: who is found, who is accused wrongly, whether probabilities hold.

    python benchmarks/authenticity.py                       three kinds of worlds of version 2, seeds 1 to 5
    python benchmarks/authenticity.py --kinds ev-retail --seeds 7 8
    python benchmarks/authenticity.py --json authenticity.json

Every world is written, loaded as a user would load it, and judged from the files alone. AUC is the probability that a
planted account has a higher probability than a real person who is none (ties count half). Real people are all who are
neither bought nor in a pod; a false alarm is a probability above one half. Pods are told twice: those on platforms
that export reactions, and all of them, since without reactions nothing shows that somebody is in one. The peer of
"bought" is ``genuineness``, which knows silence and idleness only. Intervals of KOLs are counted where they hold the
bought share of all stated followers, for KOLs in no pod with ten followers or more in the file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from links import load
from scipy.stats import mannwhitneyu
from table import Row, report, row

from graph.hetero import HeteroGraph
from graph.influence.learning.audience import StrengthConfig, gather_audience
from graph.influence.learning.fake_accounts import genuineness
from graph.trust.authenticity.audiences import suspected_shares
from graph.trust.authenticity.verdict import judge
from graph.worlds.synth import FIRST_VERSION, synthesise

LEAST_AUC, MOST_FALSE = 0.95, 0.02
_EDGES = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0)
_LEAST_FOLLOWERS = 10


def auc(planted: np.ndarray, others: np.ndarray) -> float:
    """Probability that a planted one has the higher value; NaN without planted ones."""
    if not planted.size:
        return float("nan")
    return float(mannwhitneyu(planted, others).statistic / (planted.size * others.size))


class Planted:
    """What was planted, by the numbers of people in the graph."""

    def __init__(self, folder: Path, graph: HeteroGraph) -> None:
        def array(name: str) -> np.ndarray:
            return np.load(folder / f"{name}.npy")

        facts = json.loads((folder / "truth.json").read_text("utf-8"))
        n, ids = graph.count("Person"), graph.ids("Person")
        number = ids.numbers([each.decode() for each in array("people").tolist()])
        self.kols = ids.numbers([each.decode() for each in array("kol_ids").tolist()])
        self.in_pod = array("further_kol_pod") >= 0
        self.bought_share = 1.0 - array("kol_authenticity")
        hidden = [name in facts["without_reactions"] for name in facts["platforms"]]
        silent = np.zeros(n, bool)
        silent[self.kols] = np.array(hidden)[array("further_kol_platform")]
        self.fake, self.member, self.shown = np.zeros(n, bool), np.zeros(n, bool), np.zeros(n, bool)
        self.fake[number[array("fake")]] = True
        pod = array("further_pod_tie")
        account, person = number[array("influencer")[pod]], number[array("influenced")[pod]]
        self.member[person] = True
        self.shown[person[~silent[account]]] = True


def world_rows(kind: str, users: int, seed: int, kept: dict[str, list[np.ndarray]]) -> Iterator[Row]:
    """Rows of one world; probabilities and truth are added to ``kept``."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        synthesise(home / "data", world=f"{kind}-2", users=users, seed=seed)
        graph = load(home / "data", home / "data" / "mapping.toml", home)
        truth = Planted(home / "data" / "truth", graph)
    audience = gather_audience(graph, config=StrengthConfig())
    begin = time.process_time()
    found = judge(graph, reactions_known=audience.coverage.reactions)
    seconds = time.process_time() - begin
    name = f"{kind}-2, seed {seed}"
    real, pod = ~truth.fake & ~truth.member, np.nan_to_num(found.pod)
    peer = 1.0 - genuineness(graph, audience)
    yield row(
        f"{name}: bought accounts, peer silence and idleness alone",
        auc(found.bought[truth.fake], found.bought[real]),
        auc(peer[truth.fake], peer[real]),
        unit="AUC",
        planted=int(truth.fake.sum()),
    )
    for what, who in (("members of pods with reactions", truth.shown), ("members of all pods", truth.member)):
        yield row(f"{name}: {what}", auc(pod[who], pod[real]), unit="AUC", planted=int(who.sum()))
    yield row(
        f"{name}: false alarms among real people, peer silence and idleness alone",
        float((found.probability[real] > 0.5).mean()),
        float((peer[real] > 0.5).mean()),
        unit="share",
        real=int(real.sum()),
    )
    shares = suspected_shares(found, truth.kols)
    enough = (shares.followers >= _LEAST_FOLLOWERS) & ~truth.in_pod
    inside = (shares.low <= truth.bought_share) & (truth.bought_share <= shares.high)
    yield row(f"{name}: 90% intervals that hold the bought share of a KOL", inside[enough].mean(), unit="share")
    yield row(f"{name}: judging", seconds, unit="CPU s")
    kept["bought"].append(np.stack([found.bought, truth.fake]))
    kept["in a pod with reactions"].append(np.stack([pod, truth.shown])[:, ~truth.member | truth.shown])


def calibration_rows(kept: dict[str, list[np.ndarray]]) -> Iterator[Row]:
    """Mean probability and planted share of everybody whose probability lies in a range, over all worlds."""
    for what, parts in kept.items():
        said, planted = np.concatenate(parts, axis=1) if parts else np.zeros((2, 0))
        place = np.digitize(said, _EDGES[1:-1])
        for bin_, (low, high) in enumerate(pairwise(_EDGES)):
            here = place == bin_
            if here.any():
                title = f"calibration, {what}: said {low:.2f} to {high:.2f}, peer what was planted"
                yield row(title, said[here].mean(), planted[here].mean(), unit="probability", people=int(here.sum()))
        yield row(f"calibration, {what}: mean squared error", ((said - planted) ** 2).mean(), unit="Brier")


def problems(rows: list[Row]) -> list[str]:
    """Worlds that miss the aims; members of pods without reactions are no aim."""
    aimed = [r for r in rows if r["unit"] == "AUC" and "all pods" not in r["name"] and r["ours"] < LEAST_AUC]
    return [f"{r['name']}: {r['ours']:.3f}" for r in aimed] + [
        f"{r['name']}: {r['ours']:.1%}" for r in rows if "false alarms" in r["name"] and r["ours"] > MOST_FALSE
    ]


def collect(options: argparse.Namespace) -> Iterator[Row]:
    kept: dict[str, list[np.ndarray]] = {"bought": [], "in a pod with reactions": []}
    for kind in options.kinds:
        for seed in options.seeds:
            yield from world_rows(kind, options.users, seed, kept)
    yield from calibration_rows(kept)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", choices=FIRST_VERSION, default=list(FIRST_VERSION))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--users", type=int, default=5000)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options: Any = parser.parse_args()
    missed = problems(report(collect(options), options.json))
    sys.stderr.writelines(f"missed: {each}\n" for each in missed)
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
