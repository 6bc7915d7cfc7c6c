"""A market in a folder: its files, its mapping, its store and its quarantine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graph.batch import FileCount
from graph.ingest.load import ANY, Limits, load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.fixes import Fix, Wanted
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.rejects.replay import Replayed, replay
from graph.ingest.sources import find_sources
from graph.schema import MARKET
from graph.store.embedded.status import examine
from graph.store.embedded.store import EmbeddedStore

NOW = 1_800_000_000


@dataclass(frozen=True)
class Desk:
    """A market and what is done with it; every load is checked against the count equation."""

    folder: Path
    store: EmbeddedStore
    quarantine: Quarantine

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def put(self, name: str, text: str | bytes) -> None:
        file = self.data / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def load(self, *, limits: Limits = ANY, account: bool = True) -> list[FileCount]:
        sources = find_sources(self.data, read_mapping(self.data / "mapping.toml", MARKET))
        counts = load_sources(sources, MARKET, self.store, quarantine=self.quarantine, as_of=NOW, limits=limits)
        assert all(count.balanced for count in counts)
        if limits.commit and account:
            self.check_accounts()
        return counts

    def replay(
        self, fixes: Sequence[Fix] | None = None, *, wanted: Wanted = lambda _: True, commit: bool = True
    ) -> list[Replayed]:
        entries = read_mapping(self.data / "mapping.toml", MARKET)
        done = replay(
            entries, MARKET, self.store, quarantine=self.quarantine, as_of=NOW, wanted=wanted, fixes=fixes,
            commit=commit,
        )  # fmt: skip
        assert all(one.count.balanced for one in done)
        self.check_accounts()
        return done

    def check_accounts(self) -> None:
        """What the store says of every file is balanced, and its refused records are those in the quarantine."""
        accounts = examine(self.store).accounts
        assert all(account.balanced for account in accounts), accounts
        kept = self.kept("file", "type")
        for account in accounts:
            if (place := (account.file, account.type)) in kept:
                assert account.counts["quarantined"] == kept.count(place), account

    def fix(self, file: str, row: int, cells: dict[str, str], *, kind: str = "Person-RATED-Product") -> Fix:
        return Fix(file, kind, row, cells)

    def kept(self, *fields: str) -> list[tuple[Any, ...]]:
        return [tuple(record[f] for f in fields or ("row", "reason")) for record in self.quarantine.records()]

    def events(self, key: str = "Person-RATED-Product") -> int:
        return self.store.status().edges.get(key, 0)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return _desk(tmp_path)


@pytest.fixture
def new_desk(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Desk]:
    """For properties, of which each example needs a market of its own."""
    return lambda: _desk(tmp_path_factory.mktemp("desk"))


def _desk(folder: Path) -> Desk:
    (folder / "data").mkdir()
    return Desk(folder, EmbeddedStore(folder / "market.duckdb", MARKET, threads=1), Quarantine(folder / "quarantine"))
