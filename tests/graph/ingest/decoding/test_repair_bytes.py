from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DataError
from graph.ingest.decoding.decode import LINE_ENDS, lines
from graph.ingest.decoding.encoding import detect_encoding
from graph.ingest.decoding.repair_bytes import MARKED, escaped, has_broken, repair_bytes, repair_mixed_bytes, visible
from graph.ingest.formats import read_blocks, resolve
from graph.ingest.mapping.file_mapping import FileMapping, Source

NAMES = ["李雷", "韩梅梅", "王小明", "张伟", "刘洋", "陈静"]


def source(path: Path, content: bytes, **mapping: str) -> Source:
    path.write_bytes(content)
    return Source(path, path.name, FileMapping(path.name, **mapping))  # type: ignore[arg-type]


def found(source: Source) -> tuple[list[tuple[str, ...]], list[tuple[int, str, str]]]:
    """The cells of the records, and the rejects with what was kept of them."""
    cells: list[tuple[str, ...]] = []
    rejects: list[tuple[int, str, str]] = []
    for block in read_blocks(resolve(source)):
        cells += zip(*[c.to_pylist() for c in block.table.columns], strict=True)
        rejects += [(r.row, r.reason, r.raw) for r in block.rejects]
    return cells, rejects


def mended(raw: bytes, codec: str) -> tuple[bytes, tuple[int, ...]]:
    return repair_bytes(raw, codec, np.flatnonzero(np.frombuffer(raw, np.uint8) == 0x0A) + 1)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([b"a", b"\n", b"\xe5", b"\x81", b"\xff", "商".encode(), "商".encode("gb18030")])),
    st.sampled_from(["utf-8", "gb18030", "big5", "cp1252"]),
)
def test_a_line_is_damaged_where_it_does_not_decode_by_itself(pieces: list[bytes], codec: str) -> None:
    raw = b"".join(pieces)
    text, bad = mended(raw, codec)
    expected, wrong = [], []
    for number, line in enumerate(raw.split(b"\n")):
        try:
            expected.append(line.decode(codec).encode())
        except UnicodeDecodeError:
            wrong.append(number)
            expected.append(escaped(line, codec))
    assert (text, bad) == (b"\n".join(expected), tuple(wrong))


def test_every_broken_byte_is_kept() -> None:
    assert mended("比,\n".encode() + b"a\xe5,\xff\nb\n", "utf-8") == ("比,\na\\xe5,\\xff\nb\n".encode(), (1,))
    assert mended(b"a\x81\nb\n", "gb18030") == (b"a\\x81\nb\n", (0,))
    mixed = "比\n".encode() + "韩梅\n".encode("gb18030") + b"\xe6\xff\n"
    assert repair_mixed_bytes(mixed) == ("比\n韩梅\n\\xe6\\xff\n".encode(), (2,))


@settings(deadline=None)
@given(st.binary(max_size=20), st.sampled_from(["utf-8", "gb18030", "utf-16-le"]))
def test_marked_bytes_are_found_again(raw: bytes, codec: str) -> None:
    text = raw.decode(codec, MARKED)
    assert visible(text) == raw.decode(codec, "backslashreplace")
    assert has_broken(text) == (text != raw.decode(codec, "ignore"))


@pytest.mark.parametrize("guise", ["", "gb18030", "utf-8+gb18030", "utf-16-le"])
def test_a_refused_record_shows_its_broken_bytes(tmp_path: Path, guise: str) -> None:
    codec = guise if guise in ("gb18030", "utf-16-le") else "utf-8"
    broken = b"\x00\xd8" if codec == "utf-16-le" else b"\xff"
    start, middle, end = (text.encode(codec) for text in ("id,t\n1,商品\n2,商", "品\n3,", "\n"))
    file = source(tmp_path / "f.csv", start + broken + middle + "商\n".encode(codec) + end, encoding=guise or "auto")
    shown = "".join(f"\\x{byte:02x}" for byte in broken)
    assert found(file) == ([("1", "商品"), ("3", "商")], [(2, "encoding", f"2,商{shown}品")])


def test_a_refused_json_object_shows_its_broken_bytes(tmp_path: Path) -> None:
    broken = '{"id": "商'.encode() + b'\xe5\xff"}'
    shown = [(1, "encoding", '{"id": "商\\xe5\\xff"}')]
    for number, content in enumerate((b"\n" + broken + b'\n{"id": "2"}\n', b"[" + broken + b',{"id": "2"}]')):
        for encoding in ("auto", "utf-8+gb18030"):
            assert found(source(tmp_path / f"{number}{encoding}.jsonl", content, encoding=encoding)) == (
                [("2",)],
                shown,
            )


@pytest.mark.parametrize(("rows", "broken"), [(100_000, 1), (100_000, 200), (50, 3), (10, 1), (5, 1)])
@pytest.mark.parametrize("damage", [b"\xff", b"\xe5", b"\xe6\xaf", b"\x80\xb0", b"\xc3("])
def test_broken_lines_of_an_ascii_file_cost_only_themselves(
    tmp_path: Path, rows: int, broken: int, damage: bytes
) -> None:
    body = [b"u%06d,name" % i for i in range(rows)]
    hit = sorted(random.Random(f"{rows} {broken}").sample(range(rows), broken))
    for at in hit:
        body[at] = body[at][:3] + damage + body[at][3:]
    cells, rejects = found(source(tmp_path / "f.csv", b"id,name\n" + b"\n".join(body) + b"\n"))
    assert [row for row, reason, _ in rejects if reason == "encoding"] == [at + 1 for at in hit]
    assert len(cells) == rows - broken


@pytest.mark.parametrize("shift", range(3))
@pytest.mark.parametrize("end", ["\n", "\r"])
def test_a_long_cell_does_not_hide_the_encoding(tmp_path: Path, shift: int, end: str) -> None:
    path = tmp_path / "f.csv"
    cell = "长文本" * 200_000
    path.write_bytes(f"id,t{end}{'x' * shift},{cell}{end}2,{NAMES[1]}{end}".encode("gb18030"))
    assert detect_encoding(path) == "gb18030"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_block_that_ends_within_a_line_does_not_hide_the_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("graph.ingest.decoding.encoding.BLOCK", size * 10)
    path = tmp_path / "f.csv"
    path.write_bytes(("id,t\n" + "".join(f"{i},{NAMES[i % 6]}\n" for i in range(30))).encode("gb18030"))
    assert detect_encoding(path) == "gb18030"


def test_line_ends_within_quoted_cells_are_text(tmp_path: Path) -> None:
    content = b'id,t\r\n1,"a\r\nb"\r\n2,"a\nb"\r\n3,"a\r\r\nb\r\n"\n4,"\rc"\r\n'
    cells = [("1", "a\r\nb"), ("2", "a\nb"), ("3", "a\r\r\nb\r\n"), ("4", "\rc")]
    for size in (16 << 20, 7):
        blocks = read_blocks(resolve(source(tmp_path / "f.csv", content)), size=size)
        assert [c for b in blocks for c in zip(*[x.to_pylist() for x in b.table.columns], strict=True)] == cells
    assert found(source(tmp_path / "u.csv", content.decode().encode("utf-16")))[0] == cells
    assert found(source(tmp_path / "m.csv", b'id,t\r1,"a\rb"\r2,x\r'))[0] == [("1", "a\rb"), ("2", "x")]


def test_a_refused_record_keeps_its_line_ends(tmp_path: Path) -> None:
    content = b'id,t\r\n1,"a\r\nb\0"\r\n2,y\r\n'
    assert found(source(tmp_path / "f.csv", content)) == ([("2", "y")], [(1, "nul_byte", '1,"a\r\nb\0"')])


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b"\r\r\n", "é".encode()])), st.integers(1, 9))
def test_line_ends_are_remembered(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], size: int) -> None:
    path = tmp_path_factory.mktemp("ends") / "f"
    content = b"x\n" + b"".join(pieces)
    path.write_bytes(content)
    told = b""
    for block in lines(path, "utf-8", size=size):
        *whole, rest = block.text.split(b"\n")
        ends = [LINE_ENDS[n] for n in block.ends] if block.ends else ["\n"] * len(whole)
        told += b"".join(line + end.encode() for line, end in zip(whole, ends, strict=True)) + rest
    assert told == content


_ROWS = 20_000


@pytest.fixture(scope="module")
def records() -> list[tuple[str, ...]]:
    return [(f"u{i:06d}", f"商品{i % 977}", str(1_700_000_000 + i), f"o{i}") for i in range(_ROWS)]


@pytest.mark.parametrize("seed", range(3))
def test_a_mark_that_opens_a_cell_and_never_closes_costs_its_record(
    tmp_path: Path, records: list[tuple[str, ...]], seed: int
) -> None:
    rng = random.Random(seed)
    hit = {at: rng.randrange(4) for at in rng.sample(range(_ROWS - 40), 200)}
    body = [",".join('"' + c if hit.get(i) == k else c for k, c in enumerate(cells)) for i, cells in enumerate(records)]
    cells, rejects = found(source(tmp_path / "f.csv", ("a,b,c,d\n" + "\n".join(body) + "\n").encode()))
    assert [(row, reason, raw) for row, reason, raw in rejects] == [
        (i + 1, "stray_quote", body[i]) for i in sorted(hit)
    ]
    assert cells == [r for i, r in enumerate(records) if i not in hit]


@pytest.mark.parametrize("seed", range(3))
def test_a_mark_within_a_cell_that_is_not_quoted_is_text(
    tmp_path: Path, records: list[tuple[str, ...]], seed: int
) -> None:
    rng = random.Random(seed)
    expected = list(records)
    for at in rng.sample(range(_ROWS), 200):
        cells = list(records[at])
        k = rng.randrange(4)
        spot = rng.randrange(1, len(cells[k]) + 1)
        cells[k] = cells[k][:spot] + '"' + cells[k][spot:]
        expected[at] = tuple(cells)
    body = "\n".join(map(",".join, expected))
    assert found(source(tmp_path / "f.csv", f"a,b,c,d\n{body}\n".encode())) == (expected, [])


@pytest.mark.parametrize("sign", [b"\r", b"\0"])
def test_excel_cannot_name_a_line_end_or_nul_as_delimiter(tmp_path: Path, sign: bytes) -> None:
    with pytest.raises(DataError, match="header"):
        found(source(tmp_path / "f.csv", b"sep=" + sign + b",\na;b\n1;2\n", delimiter=";"))
