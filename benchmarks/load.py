"""Load speed: a million events in a CSV file through decoding, typing, de-duplication and the embedded store.

Run: python benchmarks/load.py [--rows N] [--json FILE]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from table import Row, report, row

from graph.ingest.load import load_sources
from graph.ingest.mapping_file import read_mapping
from graph.ingest.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore

MAPPING = """
time_zone = "Asia/Shanghai"
[[files]]
path = "NAME"
edge = "Person-BOUGHT-Product"
source = "user_id"
target = "item_id"
time = "ts"
time_unit = "UNIT"
weight = "amount"
create = ["source", "target"]
"""


def write(folder: Path, rows: int, *, name: str, quoted: bool, text_time: bool) -> Path:
    """A file of events, and its mapping."""
    rng = np.random.default_rng(1)
    time_column = pd.Series(rng.integers(1_700_000_000, 1_760_000_000, rows))
    if text_time:
        time_column = pd.to_datetime(time_column, unit="s").dt.strftime("%Y-%m-%d %H:%M:%S")
    frame = pd.DataFrame(
        {
            "user_id": pd.Series(rng.integers(0, 200_000, rows)).map("u{:06d}".format),
            "item_id": pd.Series(rng.integers(0, 20_000, rows)).map("商品{:05d}".format),
            "ts": time_column,
            "amount": rng.integers(100, 99_999, rows) / 100,
        }
    )
    frame.to_csv(folder / name, index=False, quoting=1 if quoted else 0)
    (folder / "mapping.toml").write_text(
        MAPPING.replace("NAME", name).replace("UNIT", "text" if text_time else "s"), "utf-8"
    )
    return folder / name


def ours(folder: Path, market: str) -> None:
    """The whole pipeline."""
    sources = find_sources(folder, read_mapping(folder / "mapping.toml", MARKET))
    store = EmbeddedStore(folder / market, MARKET)
    (count,) = load_sources(sources, MARKET, store, quarantine=Quarantine(folder / "q"), as_of=1_790_000_000)
    if count.quarantined or not count.balanced:
        raise SystemExit(f"the load went wrong: {count}")


def peer(file: Path) -> None:
    """pandas.read_csv and one DuckDB insert: no counting, no event ids, no quarantine, no checks of ends."""
    frame = pd.read_csv(file)
    with duckdb.connect(str(file.with_suffix(".peer"))) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE OR REPLACE TABLE events AS SELECT * FROM frame")


def seconds(work: Callable[[], None]) -> tuple[float, float]:
    """Wall and CPU seconds of a piece of work."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def measure(rows: int) -> Iterator[Row]:
    """The rows of the table."""
    cases = (("plain cells, epochs", False, False), ("every cell quoted, times as text", True, True))
    for case, quoted, text_time in cases:
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home)
            file = write(folder, rows, name="events.csv", quoted=quoted, text_time=text_time)
            plain, _ = seconds(lambda file=file: peer(file))  # type: ignore[misc]
            for what in ("first load", "second load"):
                wall, cpu = seconds(lambda folder=folder: ours(folder, "m.duckdb"))  # type: ignore[misc]
                name = f"{what}: {case}; peer: pandas.read_csv and a DuckDB insert"
                yield row(name, rows / wall, rows / plain, unit="rows/s", cpu_us_per_row=round(1e6 * cpu / rows, 2))


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    report(measure(options.rows), options.json)


if __name__ == "__main__":
    main()
