"""Detects the encoding of a text file from its bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from graph.errors import ConfigError, DataError
from graph.ingest.decoding.compression import BLOCK, blocks, read_head

# Name of the encoding of a file with lines in UTF-8 and lines in GB18030, see ``read_mixed``.
MIXED = "utf-8+gb18030"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Bytes at the beginning of a file in which a byte order mark, or the NUL bytes of UTF-16, are looked for.
_HEAD = 4096
# Size and number of the evenly spread windows that are looked at in a block that is not plain ASCII.
_WINDOW, _WINDOWS = 1 << 15, 12
# A file is mixed where each codec has at least this share, and this number, of the lines that are not ASCII.
_SHARE, _LEAST = 0.2, 5
# A file is UTF-8 where at least _MOST of the lines that are not ASCII are. _FEW is the share of lines that are Chinese
# in GB18030 from which ambiguous lines are taken for it too, and the largest share of lines that count as damaged.
_MOST, _FEW = 0.75, 0.1
# Bytes validated at a time; few enough to stay in the processor's cache.
_VALIDATED = 1 << 20
# A Chinese character in UTF-8.
_UTF8_HAN = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}")
# The 3,755 most common characters of GB2312, and its punctuation and full-width forms.
_COMMON = re.compile(rb"[\xb0-\xd7\xa1\xa3][\xa1-\xfe]")
# Common characters of GB18030 whose bytes are also a letter in UTF-8: that in "B站" is an Armenian letter. Bytes that
# begin with C2, such as the yen sign, are taken for UTF-8, and so are accented letters within a word.
_AMBIGUOUS = re.compile(rb"(?:[\x00-\x7f]|[\xc3-\xd7][\xa1-\xbf])*")
_ACCENTED = re.compile(rb"[A-Za-z][\xc3-\xc5][\xa1-\xbf]|[\xc3-\xc5][\xa1-\xbf][A-Za-z]")
# A single letter of Armenian or Hebrew between ASCII is no word; two in a row may be one.
_STRAY = re.compile(rb"(?<![\x80-\xff])[\xd5-\xd7][\xa1-\xbf](?![\x80-\xff])")
_WORD = re.compile(rb"(?:[\xd4-\xd7][\x80-\xbf]){2}")
# First byte of a UTF-8 character of two bytes that may also begin a common Chinese character of GB18030.
_TWO_BYTES = re.compile(rb"[\xc3-\xd7]")
# A character of GB18030 that is not ASCII: of four bytes, or of two.
_PAIR = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\xfe]")


def check_encoding(encoding: str) -> str:
    """The canonical name of a text codec, or of the mixed one.

    Raises:
        ConfigError: there is no such codec, or it is not one of text.
    """
    if encoding.lower().replace("gbk", "gb18030").replace("utf8", "utf-8") == MIXED:
        return MIXED
    try:
        "a".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise ConfigError(
            f"unknown encoding {encoding!r}", hint=f'for example "utf-8", "gb18030", "utf-16" or "{MIXED}"'
        ) from None


def detect_encoding(path: Path) -> str:
    """The encoding of a text file: by its byte order mark, by the NUL bytes of UTF-16, else UTF-8, else GB18030.

    GB18030 contains GBK and GB2312. The whole file is looked at, because the first Chinese name may stand far down; of
    long files that are not valid UTF-8, samples from everywhere. At least half of the lines that are not ASCII must
    decode, and GB18030 text must consist mostly of common characters; lines that do not decode are refused later, one
    by one. A file is UTF-8 too where a few lines are damaged and all others are ASCII. It is ``utf-8+gb18030`` where
    at least a fifth of the lines that are not ASCII is plausible in each of the two, as after joining two exports.

    A line such as ``B站`` in GB18030 is valid UTF-8 by chance. Such lines are GB18030 where at least a tenth of the
    lines that are not ASCII are Chinese in GB18030 and invalid in UTF-8; one such line is enough where all valid ones
    are ambiguous. A file in which all lines are ambiguous is GB18030 where at least half of them would hold a single
    Armenian or Hebrew letter in UTF-8.

    Raises:
        DataError: the file is in none of them.
    """
    head = read_head(path, _HEAD)
    found = next((name for mark, name in _BOMS if head.startswith(mark)), "") or _utf16(head)
    if not found:
        found = _by_bytes(path)
    if not found:
        raise DataError(
            "is neither UTF-8 nor GB18030",
            file=str(path),
            hint='if some lines are damaged, set encoding = "utf-8" in the mapping, and these are refused one by one; '
            "if all of it is in another encoding, declare that one, or save the file as UTF-8",
        )
    return found


def _by_bytes(path: Path) -> str:
    plain = True
    for block in _characters(path):
        if not is_utf8(block):
            return _by_lines(path)
        plain = plain and block.isascii()
    return "utf-8" if plain or not _is_utf8_by_chance(path) else "gb18030"


def _by_lines(path: Path) -> str:
    """The encoding of most lines that are not ASCII, or an empty text."""
    sample = list(_sample_not_ascii(path))
    utf8 = [decodes(line, "utf-8") for line in sample]
    others = [line for line, good in zip(sample, utf8, strict=True) if not good and decodes(line, "gb18030")]
    ambiguous = all(is_ambiguous(line) for line, good in zip(sample, utf8, strict=True) if good)
    if _is_chinese(others) and (len(others) >= _FEW * len(sample) or (others and ambiguous)):
        utf8 = [good and not is_ambiguous(line) for line, good in zip(sample, utf8, strict=True)]
    if min(sum(utf8), sum(map(is_common_chinese, others))) >= max(_LEAST, _SHARE * len(sample)):
        return MIXED
    if sum(utf8) >= _MOST * len(sample):
        return "utf-8"
    # Single Chinese characters in GB18030 may be UTF-8 as well.
    if 2 * sum(decodes(line, "gb18030") for line in sample) > len(sample) and _is_chinese(others):
        return "gb18030"
    return "utf-8" if 2 * sum(utf8) >= len(sample) or _is_mostly_utf8(sample) or _are_few(path) else ""


def _is_utf8_by_chance(path: Path) -> bool:
    """Whether all lines that are not ASCII in a valid UTF-8 file are ambiguous, like ``B站`` in GB18030."""
    strays = lines = 0
    for line in _sample_not_ascii(path):
        if not is_ambiguous(line) or _WORD.search(line):
            return False
        strays += _STRAY.search(line) is not None
        lines += 1
    return lines > 0 and 2 * strays >= lines


def _characters(path: Path) -> Iterator[bytes]:
    """The file in blocks that do not end within a UTF-8 character."""
    rest = b""
    for block in blocks(path, _VALIDATED):
        whole = rest + block if rest else block
        cut = next((len(whole) - k for k in range(1, min(4, len(whole)) + 1) if whole[-k] & 0xC0 != 0x80), len(whole))
        if whole[cut : cut + 1] < b"\x80":
            cut = len(whole)
        yield whole[:cut]
        rest = whole[cut:]
    yield rest


def _sample_not_ascii(path: Path) -> Iterator[bytes]:
    """Lines of the file that are not ASCII: all of a small file, those in some windows of a large one."""
    for block in _line_blocks(path):
        if not block.isascii():
            # No character contains the byte CR in any of these codecs.
            for window in _windows(block.replace(b"\r", b"\n")):
                yield from (line for line in window.split(b"\n") if not line.isascii())


def _line_blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks of whole lines, so that no character is cut, except in enormous lines."""
    rest = b""
    for block in blocks(path, BLOCK):
        whole = rest + block if rest else block
        cut = max(whole.rfind(b"\n"), whole.rfind(b"\r")) + 1 or (len(whole) if len(whole) > 2 * BLOCK else 0)
        rest = whole[cut:]
        yield whole[:cut]
    yield rest


def _windows(block: bytes) -> Iterator[bytes]:
    if len(block) <= _WINDOW * _WINDOWS * 2:
        yield block
        return
    # Text that is not ASCII may be rare, so windows are placed where it is.
    foreign = np.flatnonzero(np.frombuffer(block, np.uint8) >= 0x80)
    last = 0
    for at in foreign[np.linspace(0, len(foreign) - 1, _WINDOWS).astype(np.int64)].tolist():
        if at >= last:
            first = block.rfind(b"\n", last, at) + 1 or last
            last = block.find(b"\n", at + _WINDOW) + 1 or len(block)
            yield block[first:last]


def is_utf8(raw: bytes) -> bool:
    """Whether bytes are UTF-8, without decoding them."""
    if raw.isascii():
        return True
    import pyarrow as pa

    ends = pa.py_buffer(np.array([0, len(raw)], np.int64))
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(raw)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def decodes(raw: bytes, codec: str) -> bool:
    """Whether a codec decodes all of the bytes."""
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def is_ambiguous(line: bytes) -> bool:
    """Whether a line that is not ASCII is ambiguous: common Chinese in GB18030, and valid UTF-8 without accented words.

    The other lines of the file decide which of the two it is.
    """
    return not line.isascii() and _AMBIGUOUS.fullmatch(line) is not None and not _ACCENTED.search(line)


def is_surely_utf8(raw: bytes) -> bool:
    """Whether bytes are UTF-8 and cannot be common Chinese in GB18030."""
    return is_utf8(raw) and (raw.isascii() or not _TWO_BYTES.search(raw))


def is_common_chinese(line: bytes) -> bool:
    """Whether a line, read as GB18030, has at least two characters that are not ASCII, and mostly common ones.

    UTF-8 read as GB18030 hardly ever has: its lead bytes are those of rare characters.
    """
    common, pairs = _common_characters(line)
    return pairs > 1 and common >= 0.7 * pairs


def _is_chinese(lines: list[bytes]) -> bool:
    """Whether at least half of the characters in lines, read as GB18030, are common; in damaged text they are not."""
    common, pairs = map(sum, zip(*map(_common_characters, lines), strict=True)) if lines else (0, 1)
    return 2 * common >= pairs


def _common_characters(line: bytes) -> tuple[int, int]:
    """Numbers of common characters and of all that are not ASCII, in the beginning of a line."""
    pairs = _PAIR.findall(line[:_WINDOW])
    return sum(_COMMON.fullmatch(pair) is not None for pair in pairs), len(pairs)


def _is_mostly_utf8(lines: list[bytes]) -> bool:
    """Whether most bytes that are not ASCII belong to valid UTF-8 characters, as in long lines with some damage."""
    good = sum(len(line.decode("utf-8", "ignore").encode("utf-8")) - _ascii_in(line) for line in lines)
    return 2 * good > sum(len(line) - _ascii_in(line) for line in lines)


def _ascii_in(line: bytes) -> int:
    return len(line.decode("ascii", "ignore"))


def _are_few(path: Path) -> bool:
    """Whether at most a tenth of the lines (three of a short file) are not ASCII, so these are taken for damaged."""
    foreign = total = 0
    for block in _line_blocks(path):
        raw = np.frombuffer(block, np.uint8)
        ends = np.flatnonzero((raw == 0x0A) | (raw == 0x0D))
        foreign += len(np.unique(np.searchsorted(ends, np.flatnonzero(raw >= 0x80))))
        total += len(ends)
    return foreign <= max(_FEW * total, min(3, total // 3))


def read_mixed(line: bytes) -> str | None:
    """A line of a mixed file, decoded; None where it is damaged UTF-8 or decodes in neither.

    Ambiguous lines (see ``is_ambiguous``) are read as GB18030, others by the first of UTF-8 and GB18030 that decodes.
    """
    if is_ambiguous(line):
        return line.decode("gb18030")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if _UTF8_HAN.search(line) and not is_common_chinese(line):
        return None
    try:
        return line.decode("gb18030")
    except UnicodeDecodeError:
        return None


def _utf16(head: bytes) -> str:
    """UTF-16 without a byte order mark, recognised by a NUL byte in every ASCII character; else an empty text."""
    units = np.frombuffer(head[: len(head) // 2 * 2], np.uint8).reshape(-1, 2)
    zero = (units == 0).sum(axis=0)
    for codec, low, high in (("utf-16-le", 0, 1), ("utf-16-be", 1, 0)):
        signs = units[units[:, high] == 0, low]
        text = np.isin(signs, (9, 10, 13)) | ((signs >= 32) & (signs < 127)) | (signs == 1) | (signs >= 160)
        likely = (signs < 128).sum() >= max(3, 0.1 * len(units)) and zero[low] < zero[high]
        # The head may end in half of a pair of surrogates.
        if likely and text.all() and any(decodes(head[: len(units) * 2 - cut], codec) for cut in (0, 2)):
            return codec
    return ""
