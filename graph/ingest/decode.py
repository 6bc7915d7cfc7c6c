"""Files as streams of whole lines in UTF-8, strictly decoded, whatever they are compressed and encoded with."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

from graph.errors import ConfigError, DataError

BLOCK = 16 << 20
_LINE_FEED_SAFE = ("utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "ascii", "iso8859-1", "cp1252", "big5")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Lines:
    """A block of whole lines.

    Attributes:
        text: UTF-8 with LF line ends, at most one missing at the very end of the file.
        bad: Numbers of the lines (0-based within the block) that did not decode; they are in ``text`` with the
            offending bytes replaced.
    """

    text: bytes
    bad: tuple[int, ...] = ()


def open_binary(path: Path) -> IO[bytes]:
    """Open a file for reading, through gzip where its name ends in .gz.

    Raises:
        DataError: the file cannot be opened.
    """
    try:
        return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")
    except OSError as error:
        raise DataError(
            f"cannot be opened ({error.strerror})", file=str(path), hint="check the name and the rights"
        ) from None


def _blocks(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    with open_binary(path) as stream:
        try:
            while block := stream.read(size):
                yield block
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(f"broken gzip: {error}", file=str(path), hint="export or copy the file again") from None
        except OSError as error:
            raise DataError(
                f"cannot be read ({error.strerror})", file=str(path), hint="check the disk and the rights"
            ) from None


def read_head(path: Path, count: int = 8) -> bytes:
    """The first bytes of a file after decompression, fewer where it is shorter.

    Raises:
        DataError: the file cannot be opened or decompressed.
    """
    return next(_blocks(path, count), b"")


def detect_encoding(path: Path) -> str:
    """The encoding of a text file: by its byte order mark, else UTF-8, else GB18030 (which contains GBK and GB2312).

    The whole file is looked at, since a guess from the beginning is wrong where the first Chinese name stands late.
    Of the lines that are not plain ASCII more than half must decode; the others are quarantined later. So one broken
    byte costs one line, and does not turn a UTF-8 file into GB18030 gibberish.

    Raises:
        DataError: the file is in none of them.
    """
    facts = path.stat() if path.exists() else None
    return _detect(path, facts and (facts.st_size, facts.st_mtime_ns))


@lru_cache(maxsize=256)
def _detect(path: Path, _version: tuple[int, int] | None) -> str:
    head = read_head(path, 4)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    right, total = {"utf-8": 0, "gb18030": 0}, 0
    for block in _whole_lines(path):
        if block.isascii():
            continue
        foreign = _foreign_lines(block)
        total += len(foreign)
        for name in right:
            if _decodes(block, name):
                right[name] += len(foreign)
            else:
                right[name] += sum(_decodes(line, name) for line in foreign)
    for name, count in right.items():
        if 2 * count > total or total == 0:
            return name
    raise DataError(
        "is neither UTF-8 nor GB18030",
        file=str(path),
        hint='declare its encoding in the mapping, for example encoding = "cp1252", or save it as UTF-8',
    )


def _foreign_lines(block: bytes) -> list[bytes]:
    return [line for line in block.split(b"\n") if not line.isascii()]


def _decodes(raw: bytes, codec: str) -> bool:
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def lines(path: Path, encoding: str, *, size: int = BLOCK) -> Iterator[Lines]:
    """The file as blocks of whole lines.

    Args:
        path: The file; .gz is decompressed.
        encoding: A codec name, or ``auto``.
        size: Bytes of a block, about.

    Raises:
        ConfigError: there is no such codec.
        DataError: the file cannot be read or decoded.
    """
    if encoding == "auto":
        encoding = detect_encoding(path)
    name = check_encoding(encoding)
    if name in _LINE_FEED_SAFE:
        codec = {"utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030"}.get(name, name)
        for number, block in enumerate(_whole_lines(path, size)):
            yield _decode(block.removeprefix(codecs.BOM_UTF8) if number == 0 else block, codec)
    else:
        yield from _stream_coded(path, name, size)


def check_encoding(encoding: str) -> str:
    """The canonical name of a text codec.

    Raises:
        ConfigError: there is no such codec, or it is not one of text.
    """
    try:
        "a".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise ConfigError(f"unknown encoding {encoding!r}", hint='for example "utf-8", "gb18030" or "utf-16"') from None


def _whole_lines(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    """Blocks cut at line feeds, for encodings in which the byte 0x0A is always one."""
    rest: list[bytes] = []
    for block in _blocks(path, size):
        cut = block.rfind(b"\n") + 1
        if cut:
            yield b"".join([*rest, block[:cut]])
            rest = []
        if cut < len(block):
            rest.append(block[cut:])
    if rest:
        yield b"".join(rest)


def _decode(raw: bytes, codec: str) -> Lines:
    try:
        text = raw.decode(codec)
        return Lines(_unix(raw if codec == "utf-8" else text.encode("utf-8")))
    except UnicodeDecodeError:
        good, bad = [], []
        for number, line in enumerate(raw.split(b"\n")):
            try:
                good.append(line.decode(codec))
            except UnicodeDecodeError:
                good.append(line.decode(codec, "replace"))
                bad.append(number)
        return Lines(_unix("\n".join(good).encode("utf-8")), tuple(bad))


def _unix(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n") if b"\r" in text else text


def _stream_coded(path: Path, codec: str, size: int) -> Iterator[Lines]:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    rest = ""
    try:
        for block in _blocks(path, size):
            rest += decoder.decode(block)
            cut = rest.rfind("\n") + 1
            if cut:
                yield Lines(_unix(rest[:cut].encode("utf-8")))
                rest = rest[cut:]
        rest += decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise DataError(
            f"does not decode as {codec} ({error})", file=str(path), hint="declare its encoding in the mapping"
        ) from None
    if rest:
        yield Lines(_unix(rest.encode("utf-8")))
