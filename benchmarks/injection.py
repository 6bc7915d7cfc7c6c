"""Every payload as the value of every text parameter of every named query, on the embedded store and on a real Neo4j.

An answer must be that to a value that nobody has, and neither store may have changed in the end. The server is that of
NEO4J_URI, whose database must be one of the tests, or one of its own.

Run: python benchmarks/injection.py [--every N] [--json FILE]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from table import Row, report, row

from tests.queries import engines
from tests.queries.injecting import HARMLESS, TEXTS, answer, payloads
from tests.queries.payloads import PAYLOADS
from tests.servers.given import given_server
from tests.servers.wiping import wipe


def shares(where: str, engine: engines.Engine, every: int) -> Iterator[Row]:
    """How many of the answers were those to an unknown value; the first that was not is named."""
    asked, good = 0, 0
    defects: list[str] = []
    for name, parameter in TEXTS:
        expected = answer(engine, name, parameter, HARMLESS)
        for payload in payloads(name, parameter, every=every):
            asked += 1
            same = answer(engine, name, parameter, payload) == expected
            good += same
            if not same:
                defects.append(f"{name}, {parameter}: {payload[:80]}")
    facts = {"answers": asked, "payloads": len(PAYLOADS), "parameters": len(TEXTS), "defects": defects[:20]}
    yield row(f"{where}: {asked:,} values taken as data", good / asked, unit="share", **facts)
    same = engines.digest(engine) == engine.untouched
    yield row(f"{where}: unchanged after {len(PAYLOADS)} payloads in {len(TEXTS)} parameters", same, unit="share")


def measure(every: int) -> Iterator[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory(prefix="injection-") as folder:
        yield from shares("embedded", engines.embedded(Path(folder)), every)
    with given_server() as access:
        wipe(access)
        driver, engine = engines.server(access)
        with driver:
            yield from shares("Neo4j", engine, every)
        wipe(access)


def main() -> None:
    """Ask, print and write; a defect is a failure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="take one of so many payloads")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = report(measure(options.every), options.json)
    bad = [found["name"] for found in rows if found["ours"] < 1]
    if bad:
        raise SystemExit(f"not taken as data: {'; '.join(bad)}")


if __name__ == "__main__":
    main()
