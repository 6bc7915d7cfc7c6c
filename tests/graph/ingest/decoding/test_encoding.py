from __future__ import annotations

import gzip
import random
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ConfigError, DataError
from graph.ingest.decoding import decode
from graph.ingest.decoding.compression import blocks, compression_of, read_head
from graph.ingest.decoding.decode import Lines, lines
from graph.ingest.decoding.encoding import (
    check_encoding,
    decodes,
    detect_encoding,
    is_common_chinese,
    is_utf8,
    read_mixed,
)

TEXT = "编号,名称\n1,商品\n2,Zoë 𠮷😀\n3,韩梅梅\n"
NAMES = ["李雷", "韩梅梅", "王小明", "张伟", "刘洋", "陈静", "赵敏", "上海", "北京", "广州"]


def decoded(path: Path, encoding: str = "auto", size: int = 1 << 20) -> tuple[str, list[int]]:
    """The text of a file and the numbers of its bad lines."""
    text, bad = "", list[int]()
    for block in lines(path, encoding, size=size):
        bad += [text.count("\n") + number for number in block.bad]
        text += block.text.decode("utf-8")
    return text, bad


def rows(count: int, start: int = 0) -> str:
    return "".join(f"{i},{NAMES[i % len(NAMES)]}{NAMES[i * 7 % len(NAMES)]}\n" for i in range(start, start + count))


def packed(raw: bytes, suffix: str) -> bytes:
    if suffix == ".zst":
        return bytes(pa.Codec("zstd").compress(raw))
    return gzip.compress(raw) if suffix == ".gz" else raw


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb18030"),
    ],
)
def test_what_is_found_by_itself(tmp_path: Path, encoding: str, found: str, suffix: str, newline: str) -> None:
    path = tmp_path / f"f.csv{suffix}"
    path.write_bytes(packed(TEXT.replace("\n", newline).encode(encoding), suffix))
    assert detect_encoding(path) == found
    for size in (3, 1 << 20):
        assert decoded(path, size=size) == (TEXT, [])


@pytest.mark.parametrize("encoding", ["big5", "utf-16-le", "utf-16-be", "utf-32-be", "shift_jis", "euc_kr", "utf-7"])
@pytest.mark.parametrize("size", [5, 1 << 20])
def test_what_must_be_declared(tmp_path: Path, encoding: str, size: int) -> None:
    text = "id,名\n1,中心\n2,\\|\n"
    (tmp_path / "f.csv").write_bytes(text.encode(encoding))
    assert decoded(tmp_path / "f.csv", encoding, size) == (text, [])


def test_bytes_of_a_character_of_utf16_that_look_like_line_ends(tmp_path: Path) -> None:
    text = "a,b\n上,ഊ\n\u0a0d,\u0d0a\n"
    (tmp_path / "f.csv").write_bytes(text.encode("utf-16-le"))
    assert decoded(tmp_path / "f.csv", "utf-16-le", 2) == (text, [])


@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("size", [2, 7, 1 << 20])
def test_a_broken_unit_of_utf16_costs_its_line(tmp_path: Path, order: str, size: int) -> None:
    lone = b"\x00\xd8" if order == "le" else b"\xd8\x00"
    start, end = (t.encode(f"utf-16-{order}") for t in ("a,b\n1,x\n2,", "\n3,商\n"))
    (tmp_path / "f.csv").write_bytes(start + lone + end + b"\x0a")
    text, bad = decoded(tmp_path / "f.csv", f"utf-16-{order}", size)
    shown = "2,\\x00\\xd8" if order == "le" else "2,\\xd8\\x00"
    assert (text.split("\n")[:4], bad) == (["a,b", "1,x", shown, "3,商"], [2, 4])


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_a_file_of_lines_in_both(tmp_path: Path, size: int) -> None:
    (tmp_path / "f.csv").write_bytes(("id,name\n" + rows(40)).encode() + rows(30, 40).encode("gb18030"))
    assert detect_encoding(tmp_path / "f.csv") == "utf-8+gb18030"
    assert decoded(tmp_path / "f.csv", size=size) == ("id,name\n" + rows(70), [])
    assert decoded(tmp_path / "f.csv", "UTF-8+GBK", size) == ("id,name\n" + rows(70), [])


def test_a_large_file_of_lines_in_both(tmp_path: Path) -> None:
    first, second = rows(60_000), rows(30_000, 60_000)
    (tmp_path / "f.csv").write_bytes(b"id,name\n" + first.encode() + second.encode("gb18030"))
    assert detect_encoding(tmp_path / "f.csv") == "utf-8+gb18030"
    (tmp_path / "g.csv").write_bytes(b"id,name\n" + second.encode("gb18030") + first.encode())
    assert decoded(tmp_path / "g.csv") == ("id,name\n" + second + first, [])


@pytest.mark.parametrize("seed", range(5))
def test_broken_lines_of_utf8_never_become_gibberish(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    broken = bytearray(("id,name\n" + rows(300)).encode())
    for at in rng.sample(range(8, len(broken)), 60):
        if broken[at] >= 0x80:
            broken[at] = rng.choice([0xFF, 0x20, 0x80, 0xE4, broken[at] ^ 1])
    (tmp_path / "f.csv").write_bytes(broken)
    assert detect_encoding(tmp_path / "f.csv") == "utf-8"
    wrong = [n for n, line in enumerate(bytes(broken).split(b"\n")) if not decodes(line, "utf-8")]
    assert len(wrong) > 5
    assert decoded(tmp_path / "f.csv")[1] == wrong
    # Even where the file is declared to be mixed, a damaged line is not read as something else.
    assert decoded(tmp_path / "f.csv", "utf-8+gb18030")[1] == wrong


def test_a_gb18030_file_with_a_broken_line_is_one(tmp_path: Path) -> None:
    raw = rows(20).encode("gb18030") + b"20,\xc0\xd7\xff\n" + rows(1, 21).encode("gb18030")
    (tmp_path / "f.csv").write_bytes(raw)
    text, bad = decoded(tmp_path / "f.csv")
    assert (detect_encoding(tmp_path / "f.csv"), bad, text.split("\n")[21]) == ("gb18030", [20], rows(1, 21).strip())


def test_a_character_across_two_blocks_of_detection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (5, 6, 7, 8):
        monkeypatch.setattr("graph.ingest.decoding.encoding.BLOCK", size)
        path = tmp_path / f"f{size}.csv"
        path.write_text(TEXT, "utf-8")
        assert detect_encoding(path) == "utf-8"


@pytest.mark.parametrize("raw", [b"a,b\n" + b"1,\x002\n" * 40, b"a,b\n1,\0\n", b"\0\0\0\0\n", b"a\0b\0\n1\0\n"])
def test_text_with_some_nul_bytes_is_not_utf16(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "f.csv").write_bytes(raw)
    assert detect_encoding(tmp_path / "f.csv") == "utf-8"


@pytest.mark.parametrize("damage", [b"\xff", b"\xe5a", b"\xb0C", b"\xe6\x9d", b"\x81\x40", b"\xc3"])
def test_damaged_lines_of_a_file_that_is_ascii_otherwise(tmp_path: Path, damage: bytes) -> None:
    body = [b"id,name", *(b"%d,name" % i for i in range(200))]
    for at in (7, 80, 81):
        body[at] += damage
    (tmp_path / "f.csv").write_bytes(b"\n".join(body) + b"\n")
    assert (detect_encoding(tmp_path / "f.csv"), decoded(tmp_path / "f.csv")[1]) == ("utf-8", [7, 80, 81])
    (tmp_path / "g.csv").write_bytes(b"id,name\n" + b"1,caf\xe9\n2,x\n" * 50)
    with pytest.raises(DataError, match="neither UTF-8 nor GB18030"):
        detect_encoding(tmp_path / "g.csv")


def ascii_lines(count: int, damaged: dict[int, bytes]) -> bytes:
    return b"id,name\n" + b"".join(b"U%d,n%d%b\n" % (i, i, damaged.get(i, b"")) for i in range(1, count + 1))


@pytest.mark.parametrize(
    ("raw", "bad"),
    [
        (ascii_lines(50, {}) + b"U51,\xe5\xbc\xa0\xe4\n", [51]),
        (ascii_lines(4, {4: b"\xff"}), [4]),
        (
            ascii_lines(
                1250,
                {7: "１２３４５".encode(), 900: "６７".encode()} | dict.fromkeys((30, 300, 700, 1100), b"\xe5\xbc"),
            ),
            [30, 300, 700, 1100],
        ),
    ],
)
def test_only_the_damaged_lines_of_a_mostly_plain_file_are_refused(tmp_path: Path, raw: bytes, bad: list[int]) -> None:
    (tmp_path / "f.csv").write_bytes(raw)
    assert (detect_encoding(tmp_path / "f.csv"), decoded(tmp_path / "f.csv")[1]) == ("utf-8", bad)


def test_the_way_out_of_an_unknown_encoding_begins_with_damaged_lines(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(b"id,name\n" + b"1,caf\xe9\n2,x\n" * 50)
    with pytest.raises(DataError, match="neither UTF-8 nor GB18030") as caught:
        detect_encoding(tmp_path / "f.csv")
    assert 'encoding = "utf-8"' in caught.value.hint
    assert "cp1252" not in caught.value.hint
    assert decoded(tmp_path / "f.csv", "utf-8")[1] == list(range(1, 100, 2))


def test_one_character_a_line_tells_gb18030(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes("".join(f"{i},{'男女'[i % 2]}\n" for i in range(30)).encode("gbk"))
    assert detect_encoding(tmp_path / "f.csv") == "gb18030"


def test_what_is_everyday_chinese() -> None:
    assert is_common_chinese("1,李雷,上海".encode("gb18030"))
    assert not is_common_chinese("1,李雷,上海".encode())
    assert not is_common_chinese(b"1,\xb0C")
    assert read_mixed("韩".encode()[:2] + "梅梅".encode()) is None
    assert read_mixed("喆".encode("gb18030")) == "喆"


@given(st.binary(max_size=12))
def test_utf8_is_what_the_codec_takes(raw: bytes) -> None:
    assert is_utf8(raw) == decodes(raw, "utf-8")


def test_names_of_encodings() -> None:
    assert [check_encoding(name) for name in ("UTF8", "GBK", "utf8+gb18030")] == ["utf-8", "gbk", "utf-8+gb18030"]
    with pytest.raises(ConfigError, match="unknown encoding"):
        check_encoding("utf-8+klingon")


def test_old_macintosh_line_ends(tmp_path: Path) -> None:
    for encoding in ("utf-8", "gb18030", "utf-16"):
        (tmp_path / encoding).write_bytes("a,b\r1,商\r2,x\r".encode(encoding))
        for size in (2, 100):
            assert decoded(tmp_path / encoding, size=size)[0] == "a,b\n1,商\n2,x\n"


def test_windows_line_ends_that_were_written_twice(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(b"a,b\r\r\n1,2\r\r\n")
    assert decoded(tmp_path / "f.csv")[0] == "a,b\n1,2\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
def test_a_line_without_end_is_cut_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr(decode, "LONGEST_LINE", 64)
    (tmp_path / "f.csv").write_bytes(f"a,b\n1,2\n3,{'商' * 200}\n4,5\n6,{'x' * 200}".encode(encoding))
    found = list(lines(tmp_path / "f.csv", encoding, size=16))
    whole = "".join(b.text.decode() for b in found if not b.cut)
    cut = [b.text.decode() for b in found if b.cut]
    assert whole == "a,b\n1,2\n4,5\n"
    assert [(text[:4], text.count("\n")) for text in cut] == [("3,商商", 1), ("6,xx", 1)]
    assert max(len(text) for text in cut) <= 65


@settings(max_examples=30, deadline=None)
@given(
    st.text("ab,\n\r商𠮷é", max_size=30),
    st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-32-be"]),
    st.integers(1, 9),
)
def test_blocks_hold_the_text_whatever_their_size(text: str, encoding: str, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        path.write_bytes(("a,b\n" + text).encode(encoding))
        whole = "a,b\n" + text.replace("\r\n", "\n").replace("\r\n", "\n")
        assert decoded(path, encoding, size) == (whole, [])


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_compressed_stream_that_ends_too_early(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"f{suffix}"
    path.write_bytes(packed(random.Random(0).randbytes(1 << 20), suffix)[:-2000])
    with pytest.raises(DataError, match="ends in the middle of the compressed stream") as caught:
        list(blocks(path, 1000))
    assert "again" in caught.value.hint


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_several_streams_in_one_file(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"f.csv{suffix}").write_bytes(packed(b"a,b\n1,2\n", suffix) + packed(b"3,4\n", suffix))
    assert b"".join(blocks(tmp_path / f"f.csv{suffix}", 5)) == b"a,b\n1,2\n3,4\n"


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("content", [b"no such thing", packed(b"a,b\n", ".gz")[:4], packed(b"a", ".zst") + b"junk"])
def test_what_is_no_compressed_stream(tmp_path: Path, suffix: str, content: bytes) -> None:
    (tmp_path / f"f.csv{suffix}").write_bytes(content)
    with pytest.raises(DataError, match=r"broken (gzip|zstd)"):
        list(blocks(tmp_path / f"f.csv{suffix}"))


def test_compression_by_content(tmp_path: Path) -> None:
    for kind, suffix in (("gzip", ".gz"), ("zstd", ".zst"), ("", "")):
        (tmp_path / f"{kind}.csv").write_bytes(packed(b"a,b\n", suffix))
        assert compression_of(tmp_path / f"{kind}.csv") == kind
        assert read_head(tmp_path / f"{kind}.csv", 3) == b"a,b"


def test_a_block_has_its_last_line_without_an_end(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(b"a,b\n1,2\n3,4")
    assert list(lines(tmp_path / "f.csv", "utf-8")) == [Lines(b"a,b\n1,2\n3,4")]


def test_a_header_that_is_no_utf8_decides_where_all_other_lines_may_be_both(tmp_path: Path) -> None:
    text = "商品ID,名称,价格\n" + "".join(f"P{i},品{i},{100 + i}\n" for i in range(20))
    (tmp_path / "f.csv").write_bytes(text.encode("gbk"))
    assert detect_encoding(tmp_path / "f.csv") == "gb18030"
    assert decoded(tmp_path / "f.csv") == (text, [])


def test_chinese_that_is_valid_utf8_by_chance_is_gb18030_among_chinese(tmp_path: Path) -> None:
    # Half of the lines are valid in both.
    text = "".join(f"{i},{('B站', '视频号', 'A站', '小红书')[i % 4]},20000\n" for i in range(40))
    raw = text.encode("gbk")
    assert sum(decodes(line, "utf-8") for line in raw.split(b"\n") if not line.isascii()) == 20
    (tmp_path / "f.csv").write_bytes(raw)
    assert detect_encoding(tmp_path / "f.csv") == "gb18030"
    assert decoded(tmp_path / "f.csv") == (text, [])


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_it_is_so_in_a_file_of_lines_in_both(tmp_path: Path, size: int) -> None:
    chance = "1,B站\n" * 20
    (tmp_path / "f.csv").write_bytes((rows(40) + "2,Zoë\n").encode() + (rows(40) + chance).encode("gbk"))
    assert detect_encoding(tmp_path / "f.csv") == "utf-8+gb18030"
    assert decoded(tmp_path / "f.csv", size=size) == (rows(40) + "2,Zoë\n" + rows(40) + chance, [])


def test_letters_with_accents_stay_utf8(tmp_path: Path) -> None:
    words = ["café", "Zoë", "Müller", "über", "¥20"]
    text = "".join(f"{i},{words[i % len(words)]}\n" for i in range(60))
    for behind, found in (("", "utf-8"), ("60,李雷\n", "utf-8"), (rows(60, 60), "utf-8+gb18030")):
        (tmp_path / "f.csv").write_bytes(text.encode() + behind.encode("gb18030"))
        # The encoding of a file is remembered by its size and date, which differ here.
        assert detect_encoding(tmp_path / "f.csv") == found
        assert decoded(tmp_path / "f.csv")[0].startswith(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("id,name,fans\nB0,B站,20000\n", "gb18030"),
        ("id,name,fans\n" + "".join(f"B{i},{'AB'[i % 2]}站,2{i}\n" for i in range(400)), "gb18030"),
        ("id,name\n1,B站\n2,小\n", "gb18030"),
    ],
)
def test_a_file_whose_only_chinese_is_valid_utf8_by_chance(tmp_path: Path, text: str, found: str) -> None:
    (tmp_path / "f.csv").write_bytes(text.encode("gbk"))
    assert is_utf8(text.encode("gbk"))
    assert detect_encoding(tmp_path / "f.csv") == found
    assert decoded(tmp_path / "f.csv") == (text, [])


@pytest.mark.parametrize(
    "name",
    ["café", "Zoë", "è", "¥20", "£5", "Привет", "на", "С", "Ω", "και", "հայ", "Բարև", "שלום", "B站", "李雷", "x"],
)
def test_sound_utf8_stays_so_however_short(tmp_path: Path, name: str) -> None:
    for text in (f"id,name\n1,{name}\n", f"id,name\n1,{name} 5\n2,{name}\n3,x\n"):
        (tmp_path / "f.csv").write_text(text, "utf-8")
        assert detect_encoding(tmp_path / "f.csv") == "utf-8"
        assert decoded(tmp_path / "f.csv") == (text, [])
