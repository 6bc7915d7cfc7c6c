"""Reads files as blocks of whole lines in UTF-8, whatever their compression and encoding; decoding is strict."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from graph.errors import DataError
from graph.ingest.decoding.compression import BLOCK, blocks, read_head
from graph.ingest.decoding.encoding import MIXED, check_encoding, detect_encoding, is_utf8
from graph.ingest.decoding.repair_bytes import MARKED, escaped, marked, repair_bytes, repair_mixed_bytes
from graph.text import Int64

# Longer lines are cut here, which bounds memory; no record is that long.
LONGEST_LINE = 64 << 20
_HEAD = 1 << 16
_WIDE = {
    "utf-16-le": ("<u2", "utf-16-le"), "utf-16-be": (">u2", "utf-16-be"),
    "utf-32-le": ("<u4", "utf-32-le"), "utf-32-be": (">u4", "utf-32-be"),
}  # fmt: skip
_MARKS = {
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}
# Codecs that are read by another one that contains them.
_SAME = {
    "utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "utf-16": "utf-16-le", "utf-32": "utf-32-le",
}  # fmt: skip
# The line ends; ``Lines.ends`` has their positions in this tuple.
LINE_ENDS = ("\n", "\r\n", "\r\r\n", "\r")


@dataclass(frozen=True, slots=True)
class Lines:
    """A block of whole lines.

    Attributes:
        text: UTF-8 with LF line ends, at most one missing at the very end of the file.
        bad: Numbers of the lines (0-based within the block) that did not decode; they are in ``text`` with their
            broken bytes escaped, like ``\\xe5``.
        cut: Numbers of the lines that were longer than ``LONGEST_LINE``; ``text`` has their beginnings.
        ends: For each LF of ``text`` one byte, the position in ``LINE_ENDS`` of the original line end; empty where all
            were LF.
    """

    text: bytes
    bad: tuple[int, ...] = ()
    cut: tuple[int, ...] = ()
    ends: bytes = b""


def lines(path: Path, encoding: str, *, size: int = BLOCK) -> Iterator[Lines]:
    """The file as blocks of whole lines.

    Lines end in LF or CR LF; in CR alone where the beginning of the file has no LF, as on old Macintoshes.

    Args:
        path: The file; .gz and .zst are decompressed.
        encoding: A codec name, ``utf-8+gb18030`` for lines in both, or ``auto``.
        size: Bytes of a block, about.

    Raises:
        ConfigError: there is no such codec.
        DataError: the file cannot be read or decoded.
    """
    head = read_head(path, _HEAD)
    name = _codec_of(path, encoding, head)
    if name in _WIDE:
        yield from _wide_lines(path, name, size, head)
    elif _has_plain_line_feeds(name):
        old = b"\r" in head and b"\n" not in head
        end = b"\r" if old else b"\n"
        stream = _whole_lines(blocks(path, size), lambda b: (b.find(end) + 1, b.rfind(end) + 1))
        for number, (block, cut) in enumerate(stream):
            raw = block.removeprefix(codecs.BOM_UTF8) if number == 0 else block
            text, ends = _mac(raw) if old and not cut else (raw, b"")
            found = _decode(text, name, cut)
            yield replace(found, ends=ends) if ends else found
    else:
        yield from _stream_coded(path, name, size)


def _codec_of(path: Path, encoding: str, head: bytes) -> str:
    """The codec to decode with; a byte order mark at the beginning decides the byte order."""
    name = detect_encoding(path) if encoding == "auto" else check_encoding(encoding)
    for mark, wide in _MARKS.get(name, ()):
        if head.startswith(mark):
            return wide
    return _SAME.get(name, name)


def _has_plain_line_feeds(codec: str) -> bool:
    """Whether the byte 0x0A always is a line feed in this codec."""
    if codec == MIXED:
        return True
    plain = "\na,1".encode(codec) == b"\na,1"
    return plain and not codec.startswith(("utf-7", "hz", "iso2022"))


def _whole_lines(stream: Iterable[bytes], ends: Callable[[bytes], tuple[int, int]]) -> Iterator[tuple[bytes, bool]]:
    """Blocks cut at line ends; with each, whether it is one overlong line that was cut and so has no line end.

    Args:
        stream: Blocks of bytes.
        ends: Returns where the first line of a block ends and where the last complete line ends; 0 where none does.
    """
    rest: list[bytes] = []
    whole, held, skipping = b"", 0, False
    for block in stream:
        first, last = ends(block)
        if not last and held + len(block) > LONGEST_LINE:
            rest, held, skipping = [b"".join([*rest, block])[:LONGEST_LINE]], LONGEST_LINE, True
        elif not last:
            rest.append(block)
            held += len(block)
        else:
            if whole:
                yield whole, False
            if skipping:
                yield rest[0], True
                whole = block[first:last]
            else:
                whole = b"".join([*rest, block[:last]])
            rest, held, skipping = [block[last:]], len(block) - last, False
    if skipping:
        if whole:
            yield whole, False
        yield rest[0], True
    elif whole or held:
        # A last line without a line end is joined to the block before it.
        yield b"".join([whole, *rest]), False


def _decode(raw: bytes, codec: str, cut: bool) -> Lines:
    """Decode a block in a codec in which the byte 0x0A always is a line feed."""
    plain = "utf-8" if codec == MIXED else codec
    if cut:
        return Lines(escaped(raw, plain) + b"\n", (), (0,))
    if plain in ("utf-8", "gb18030") and raw.isascii():
        return _unix(raw)
    if codec == "utf-8" and is_utf8(raw):
        return _unix(raw)
    if codec == MIXED:
        return _unix(*repair_mixed_bytes(raw))
    if codec != "utf-8":
        try:
            return _unix(raw.decode(codec).encode("utf-8"))
        except UnicodeDecodeError:
            pass
    return _unix(*repair_bytes(raw, codec, _ends_in(raw, np.dtype(np.uint8), 0x0A)))


def _unix(text: bytes, bad: tuple[int, ...] = ()) -> Lines:
    """The lines of a text with all line ends replaced by LF, and the original line ends."""
    if b"\r" not in text:
        return Lines(text, bad)
    once = text.replace(b"\r\n", b"\n")
    # Text mode on Windows writes CR LF as CR CR LF.
    twice = once.replace(b"\r\n", b"\n") if b"\r" in once else once
    single = len(text) - len(once)
    if len(once) == len(twice) and single in (0, count := once.count(b"\n")):
        return Lines(twice, bad, (), b"\1" * count if single else b"")
    raw = np.frombuffer(b"\n\n" + text, np.uint8)
    at = np.flatnonzero(raw[2:] == 0x0A)
    returns = (raw[at + 1] == 0x0D).astype(np.uint8)
    returns += returns & (raw[at] == 0x0D)
    return Lines(twice, bad, (), returns.tobytes())


def _mac(text: bytes) -> tuple[bytes, bytes]:
    """A text in which CR alone ends a line too: all line ends replaced by LF, and the original line ends."""
    raw = np.frombuffer(text, np.uint8)
    feeds, returns = raw == 0x0A, raw == 0x0D
    last = feeds | (returns & ~np.append(feeds[1:], False))
    ends = np.where(feeds, np.append(False, returns[:-1]), 3)[last].astype(np.uint8)
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), ends.tobytes()


def _wide_lines(path: Path, codec: str, size: int, head: bytes) -> Iterator[Lines]:
    """Lines in UTF-16 or UTF-32; blocks are cut at whole code units, and a broken unit costs only its line."""
    unit = np.dtype(_WIDE[codec][0])
    units = np.frombuffer(head[: len(head) // unit.itemsize * unit.itemsize], unit)
    end = 0x0D if (units == 0x0D).any() and not (units == 0x0A).any() else 0x0A
    stream = _aligned(blocks(path, max(size, unit.itemsize)), unit.itemsize)
    for number, (raw, cut) in enumerate(_whole_lines(stream, lambda b: _wide_ends(b, unit, end))):
        text, bad = _wide_decode(raw, codec, unit, end)
        if number == 0:
            text = text.removeprefix(codecs.BOM_UTF8)
        if cut:
            yield Lines(text + b"\n", (), (0,))
        elif end == 0x0D:
            text, ends = _mac(text)
            yield Lines(text, bad, (), ends)
        else:
            yield _unix(text, bad)


def _aligned(stream: Iterable[bytes], unit: int) -> Iterator[bytes]:
    rest = b""
    for block in stream:
        whole = rest + block
        size = len(whole) // unit * unit
        rest = whole[size:]
        if size:
            yield whole[:size]
    if rest:
        yield rest


def _wide_ends(block: bytes, unit: np.dtype[np.generic], end: int) -> tuple[int, int]:
    found = _ends_in(block, unit, end)
    return (int(found[0]), int(found[-1])) if len(found) else (0, 0)


def _ends_in(raw: bytes, unit: np.dtype[np.generic], end: int) -> Int64:
    size = len(raw) // unit.itemsize * unit.itemsize
    return (np.flatnonzero(np.frombuffer(raw[:size], unit) == end) + 1) * unit.itemsize


def _wide_decode(raw: bytes, codec: str, unit: np.dtype[np.generic], end: int) -> tuple[bytes, tuple[int, ...]]:
    try:
        return raw.decode(codec).encode("utf-8"), ()
    except UnicodeDecodeError:
        return repair_bytes(raw, codec, _ends_in(raw, unit, end), width=unit.itemsize)


def _stream_coded(path: Path, codec: str, size: int) -> Iterator[Lines]:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    rest = ""
    try:
        for block in blocks(path, size):
            rest += decoder.decode(block)
            cut = rest.rfind("\n") + 1
            if cut:
                yield _unix(rest[:cut].encode("utf-8"))
                rest = rest[cut:]
        rest += decoder.decode(b"", final=True)
        if rest:
            yield _unix(rest.encode("utf-8"))
    except UnicodeError as error:
        raise DataError(
            f"does not decode as {codec} ({error})", file=str(path), hint="declare its encoding in the mapping"
        ) from None


def texts(path: Path, encoding: str, *, size: int = BLOCK) -> Iterator[tuple[str, bool]]:
    """The file as text in blocks that may end within a line, each with whether it contains undecodable bytes.

    Undecodable bytes stand in the text as surrogates, which ``repair_bytes.visible`` turns into escapes.

    Args:
        path: The file; .gz and .zst are decompressed.
        encoding: As for ``lines``.
        size: Bytes of a block, about.

    Raises:
        ConfigError: there is no such codec.
        DataError: the file cannot be read.
    """
    name = _codec_of(path, encoding, read_head(path, 4))
    if name == MIXED:
        yield from _mixed_texts(path, size)
        return
    make = codecs.getincrementaldecoder("utf-8-sig" if name == "utf-8" else name)
    strict, lenient = make("strict"), make(MARKED)
    for block in blocks(path, size):
        state = strict.getstate()
        try:
            yield strict.decode(block), False
        except UnicodeError:
            lenient.setstate(state)
            yield lenient.decode(block), True
            strict.setstate(lenient.getstate())
    rest = strict.getstate()[0]
    if rest:
        yield marked(rest), True


def _mixed_texts(path: Path, size: int) -> Iterator[tuple[str, bool]]:
    for raw, _ in _whole_lines(blocks(path, size), lambda b: (b.find(b"\n") + 1, b.rfind(b"\n") + 1)):
        text, bad = repair_mixed_bytes(raw, MARKED)
        yield text.decode("utf-8", "surrogatepass"), bool(bad)
