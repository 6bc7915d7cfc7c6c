"""Damage at random places of a large file: it may cost the record where it stands, and nothing else."""

from __future__ import annotations

import bisect
import itertools
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from graph.ingest.formats import read_blocks, resolve
from graph.ingest.mapping.file_mapping import FileMapping, Source

_ROWS, _PLACES = 100_000, 200
_DAMAGE = {"quote": (b'"',), "nul": (b"\0",), "return": (b"\r",), "byte": (b"\xff", b"\xe5", b"\xc3", b"\x80")}
_REASONS = {
    "quote": {"stray_quote", "column_count", "stray_cr"},
    "nul": {"nul_byte"},
    "return": {"stray_cr"},
    "byte": set(),
}


_CELLS = [
    ("user", "item", "ts", "amount", "order"),
    *(
        (f"u{i:06d}", f"商品{i % 977:04d}", str(1_700_000_000 + i * 37), f"{i * 7 % 9999 / 100:.2f}", f"o{i:09d}")
        for i in range(_ROWS)
    ),
]


@pytest.fixture(scope="module", params=["plain", "quoted", "crlf"])
def lines(request: pytest.FixtureRequest) -> list[bytes]:
    mark, end = ('"' if request.param == "quoted" else ""), ("\r\n" if request.param == "crlf" else "\n")
    return [(mark + f"{mark},{mark}".join(cells) + mark + end).encode() for cells in _CELLS]


@pytest.mark.proof(one_in=6)
@pytest.mark.parametrize("kinds", [["quote"], ["nul"], ["return"], ["byte"], list(_DAMAGE)], ids="+".join)
@pytest.mark.parametrize("seed", [0, 1])
def test_damage_costs_the_record_where_it_stands(
    tmp_path: Path, lines: list[bytes], kinds: list[str], seed: int
) -> None:
    rng = random.Random(f"{kinds} {seed}")
    ends = [0, *itertools.accumulate(map(len, lines))]
    body = b"".join(lines)
    spots = sorted(rng.sample(range(len(lines[0]), len(body)), _PLACES))
    hit = {bisect.bisect_right(ends, at) - 1 for at in spots}
    pieces = [body[a:b] for a, b in zip([0, *spots], [*spots, None], strict=True)]
    marks = [rng.choice(_DAMAGE[rng.choice(kinds)]) for _ in spots]
    (tmp_path / "f.csv").write_bytes(b"".join(p + m for p, m in zip(pieces, [*marks, b""], strict=True)))
    found, rejects, read = set[str](), [], 0
    for block in read_blocks(resolve(Source(tmp_path / "f.csv", "f.csv", FileMapping("f.csv")))):
        found.update(
            pc.binary_join_element_wise(*block.table.columns, pa.scalar("\x1f", pa.large_string())).to_pylist()
        )
        rejects += block.rejects
        read += block.read
    assert [i for i, cells in enumerate(_CELLS[1:], 1) if i not in hit and "\x1f".join(cells) not in found] == []
    assert 0 < len(rejects) <= _PLACES
    # Anything may fall into the middle of a Chinese character, and a mark between CR and LF.
    assert {r.reason for r in rejects} <= set.union({"encoding"}, *(_REASONS[k] for k in kinds))
    assert read <= _ROWS + _PLACES
