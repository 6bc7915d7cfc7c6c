"""Seeds of influence maximisation: spread by forward simulation and CPU seconds, beside degree and PageRank.

    python benchmarks/influence.py                         a Chung-Lu graph of 100,000 people and 1.5 million arcs
    python benchmarks/influence.py --data DIR              NetHEPT and NetPHY too, as DIR/nethept/edges.csv.gz
    python benchmarks/influence.py --people 1000000        the Chung-Lu graph with a million people and 15 million arcs
    python benchmarks/influence.py --json influence.json   the same table as rows of JSON

The simulation runs cascades forwards, so it has nothing in common with the reverse-reachable sets that seeds are chosen
on. CPU seconds hold choosing, the certificate and measuring, not reading the graph or compiling. With --threads above
one, the same seeds are chosen again with that many threads: wall seconds are compared, and the bytes have to be equal.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from seeds import apart, read_edges, timed, warm_up
from table import Row, report, row

from graph.influence.baselines import page_rank, pick_by_score
from graph.influence.cascade import simulate
from graph.influence.diffusion import Diffusion
from graph.influence.seed_limits import SeedLimits
from graph.influence.seeds import SeedSet, select_seeds

K = 50
ARCS_PER_PERSON = 15
EXPONENT = 2.3
# Forward runs are stopped by work: about this many people are reached in all.
REACHED = 20_000_000
MOST_RUNS = 20_000


def chung_lu(n: int, *, seed: int) -> Diffusion:
    """A directed graph with power-law degrees (Chung and Lu 2002) under weighted cascade."""
    rng = np.random.default_rng(seed)
    chance = np.cumsum(np.arange(1, n + 1) ** (-1.0 / (EXPONENT - 1.0)))
    ends = [np.searchsorted(chance, rng.random(ARCS_PER_PERSON * n) * chance[-1]) for _ in range(2)]
    sources, targets = np.minimum(ends, n - 1)
    pairs = np.unique(sources * n + targets)
    sources, targets = pairs // n, pairs % n
    return Diffusion.from_arcs(n, sources, targets, p=1.0 / np.bincount(targets, minlength=n)[targets])


def models(options: argparse.Namespace) -> Iterator[tuple[str, Diffusion]]:
    """Name and model of every case."""
    for name in ("nethept", "netphy"):
        file = None if options.data is None else options.data / name / "edges.csv.gz"
        if file is None or not file.exists():
            print(f"skipped {name}: {'no --data' if file is None else f'no {file}'}", file=sys.stderr)
            continue
        n, sources, targets = read_edges(file)
        yield (
            f"{name}, weighted cascade",
            Diffusion.from_arcs(n, sources, targets, p=1.0 / np.bincount(targets)[targets]),
        )
        if name == "nethept":
            for p in (0.01, 0.1):
                yield f"{name}, p = {p}", Diffusion.from_arcs(n, sources, targets, p=p)
    if options.people:
        yield f"Chung-Lu {options.people:,}, weighted cascade", chung_lu(options.people, seed=options.seed)


def case(name: str, model: Diffusion, *, threads: int, seed: int) -> Iterator[Row]:
    began = time.perf_counter()
    chosen, seconds = timed(lambda: select_seeds(model, k=K, rng=seed))
    wall = time.perf_counter() - began
    limits = SeedLimits.of(model.n, k=K)
    runs = int(np.clip(REACHED / max(chosen.total, 1.0), 50, MOST_RUNS))
    ours = simulate(model, chosen.seeds, runs=runs, rng=seed + 1)
    yield row(f"{name}: choosing", seconds, unit="CPU s", sets=chosen.sets, stopped=chosen.stopped)
    yield row(f"{name}: certified share of the best", chosen.certificate or 0.0, unit="share")
    peers = {
        "PageRank": lambda: pick_by_score(page_rank(model), limits),
        "degree": lambda: pick_by_score(model.out_degree(), limits),
    }
    for peer, pick in peers.items():
        theirs, peer_seconds = timed(pick)
        spread = simulate(model, theirs, runs=runs, rng=seed + 2)
        span = apart(ours, spread)
        yield row(
            f"{name}: spread, peer {peer}", ours.mean, spread.mean, unit="people", peer_cpu_s=peer_seconds, **span
        )
    if threads > 1:
        began = time.perf_counter()
        again = select_seeds(model, k=K, threads=threads, rng=seed)
        together = time.perf_counter() - began
        if _bytes(again) != _bytes(chosen):
            raise SystemExit(f"{name}: {threads} threads gave other seeds than one")
        yield row(f"{name}: {threads} threads, peer one thread", together, wall, unit="wall s")


def _bytes(chosen: SeedSet) -> bytes:
    return b"".join(part.tobytes() for part in (chosen.seeds, chosen.gains, chosen.low, chosen.high))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with nethept/ and netphy/")
    parser.add_argument("--people", type=int, default=100_000, help="people of the Chung-Lu graph; 0 for none")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    warm_up()
    cases = (case(name, model, threads=options.threads, seed=options.seed) for name, model in models(options))
    report((found for rows in cases for found in rows), options.json)


if __name__ == "__main__":
    main()
