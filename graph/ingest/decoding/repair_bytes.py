"""Decodes blocks with undecodable bytes: only the damaged lines are refused, with these bytes shown as escapes."""

from __future__ import annotations

import codecs
import re

import numpy as np

from graph.ingest.decoding.encoding import is_surely_utf8, is_utf8, read_mixed
from graph.text import Int64

# A damaged block is decoded in pieces of about this size, because each error copies what is decoded at once.
_PIECE = 1 << 14
_BROKEN = re.compile("[\udc00-\udcff]")

# Name of the error handler that replaces undecodable bytes by surrogates, which ``visible`` recognises.
MARKED = "graphvine.marked"


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Replace each undecodable byte by half of a surrogate pair, which no strict decoder returns."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return marked(error.object[error.start : error.end]), error.end


codecs.register_error(MARKED, _mark)


def marked(broken: bytes) -> str:
    """Broken bytes as ``MARKED`` has them."""
    return "".join(chr(0xDC00 + byte) for byte in broken)


def has_broken(text: str) -> bool:
    """Whether a text that was decoded with ``MARKED`` holds broken bytes."""
    return _BROKEN.search(text) is not None


def visible(text: str) -> str:
    r"""A text that was decoded with ``MARKED``, with its broken bytes written as ``\xe5``."""
    return _BROKEN.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)


def escaped(line: bytes, codec: str) -> bytes:
    r"""A damaged line in UTF-8, its broken bytes written as ``\xe5``."""
    return line.decode(codec, "backslashreplace").encode("utf-8")


def repair_bytes(raw: bytes, codec: str, ends: Int64, *, width: int = 1) -> tuple[bytes, tuple[int, ...]]:
    """UTF-8 of a block, and the numbers of its lines that do not decode; their broken bytes are escaped.

    Args:
        raw: Whole lines.
        codec: A codec in which every line decodes independently of the others.
        ends: Where each line ends, behind its line feed; the last one may have none.
        width: Bytes of a line feed.
    """
    stops = ends if len(ends) and ends[-1] == len(raw) else np.append(ends, len(raw))
    utf8 = codec == "utf-8"
    parts: list[bytes] = []
    bad: list[int] = []
    at = 0
    while at < len(raw):
        end = int(stops[min(int(stops.searchsorted(at + _PIECE)), len(stops) - 1)])
        if utf8 and is_utf8(raw[at:end]):
            parts.append(raw[at:end])
            at = end
        while at < end:
            piece = raw[at:end]
            try:
                text = piece.decode(codec)
                parts.append(piece if utf8 else text.encode("utf-8"))
                at = end
            except UnicodeDecodeError as error:
                line = int(stops.searchsorted(at + error.start, side="right"))
                first, last = int(stops[line - 1]) if line else 0, int(stops[line])
                # Some codecs take a line feed behind half a character for its second half.
                body = last - width if line < len(ends) else last
                parts.append(raw[at:first] if utf8 else raw[at:first].decode(codec).encode("utf-8"))
                parts.append(escaped(raw[first:body], codec))
                parts.append(raw[body:last].decode(codec).encode("utf-8"))
                bad.append(line)
                at = last
    return b"".join(parts), tuple(bad)


def repair_mixed_bytes(raw: bytes, errors: str = "backslashreplace") -> tuple[bytes, tuple[int, ...]]:
    """The same for a block with lines in UTF-8 and in GB18030; with errors ``MARKED`` the result holds surrogates."""
    parts: list[bytes] = []
    bad: list[int] = []
    at = seen = 0
    while at < len(raw):
        end = raw.find(b"\n", at + _PIECE) + 1 or len(raw)
        piece = raw[at:end]
        if is_surely_utf8(piece):
            parts.append(piece)
        else:
            texts = list(map(read_mixed, piece.split(b"\n")))
            if None in texts:
                for number, line in enumerate(piece.split(b"\n")):
                    if texts[number] is None:
                        bad.append(seen + number)
                        texts[number] = line.decode("utf-8", errors)
            parts.append("\n".join(t for t in texts if t is not None).encode("utf-8", "surrogatepass"))
        seen += piece.count(b"\n")
        at = end
    return b"".join(parts), tuple(bad)
