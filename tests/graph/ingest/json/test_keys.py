from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.ingest.formats import header_of, resolve
from graph.ingest.json.rows import Draft
from graph.ingest.load import load_sources
from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.ingest.rejects.quarantine import Quarantine
from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore


def written(folder: Path, text: str) -> Path:
    (folder / "f.json").write_text(text, "utf-8")
    return folder / "f.json"


LATE = [
    ('{"id": 1, "o": null}', '{"id": 2, "o": null}'),
    ('{"id": 3, "new": "x"}', '{"id": 4, "o": {"p": "y"}}'),
    ('{"id": 5, "a\\"b": 1}', '{"id": 6, "\\u0041": "id: {\\"id\\":"}'),
]


@pytest.mark.parametrize("array", [False, True])
def test_keys_that_come_late_are_in_the_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, array: bool) -> None:
    monkeypatch.setattr("graph.ingest.json.format.BLOCK", 64)
    text = "\n".join(line for block in LATE for line in block)
    path = written(tmp_path, f"[{text.replace(chr(10), ',' + chr(10))}]" if array else text)
    assert header_of(resolve(Source(path, "f", FileMapping("f")))) == ["id", "o", "new", "o.p", 'a"b', "A"]


def test_a_key_of_a_record_that_the_end_of_a_block_cuts_is_in_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.ingest.json.format.BLOCK", 64)
    text = json.dumps([*[{"id": 1}] * 4, {"new": 1, "id": "x" * 40}, *[{"id": 1}] * 20])
    assert text.index('"new": 1') < 64 - len('"new": 1') < text.index('"x')
    assert header_of(resolve(Source(written(tmp_path, text), "f", FileMapping("f")))) == ["id", "new"]


def test_a_refused_record_with_a_late_key_is_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.ingest.json.format.BLOCK", 64)
    records = [{"u": f"u{n}"} for n in range(9)] + [{"u": None, "city": "上海", "note": "a,b"}]
    path = written(tmp_path, "\n".join(json.dumps(record, ensure_ascii=False) for record in records))
    source = Source(path, "f.json", FileMapping("f.json", node="Person", id="u", columns={"city": "city"}))
    quarantine = Quarantine(tmp_path / "quarantine")
    store = EmbeddedStore(tmp_path / "m.duckdb", MARKET, threads=1)
    (count,) = load_sources([source], MARKET, store, quarantine=quarantine, as_of=1_800_000_000)
    assert (count.created, count.quarantined, count.unmapped) == (9, 1, ("note",))
    (kept,) = quarantine.groups()
    assert (kept.columns, [record["raw"] for record in kept]) == (("u", "city", "note"), [',上海,"a,b"'])


@pytest.mark.parametrize("array", [False, True])
def test_blocks_without_a_new_key_are_not_parsed_for_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, array: bool
) -> None:
    monkeypatch.setattr("graph.ingest.json.format.BLOCK", 64)
    lines = [f'{{"id": {n}, "o": {{"p": "{n}"}}}}' for n in range(100)]
    path = written(tmp_path, f"[{','.join(lines)}]" if array else "\n".join(lines))
    parsed: list[str] = []
    add = Draft.add

    def noted(self: Draft, text: str, value: object, reason: str = "") -> None:
        parsed.append(text)
        add(self, text, value, reason)

    monkeypatch.setattr(Draft, "add", noted)
    assert header_of(resolve(Source(path, "f", FileMapping("f")))) == ["id", "o.p"]
    assert 0 < len(parsed) < 10
