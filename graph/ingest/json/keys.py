"""Which parts of a JSON file may have keys that the parts before have not, told without parsing them.

What only looks like a key, as text with quotation marks may, costs a look that was not needed and does no other harm.
Keys of objects within objects are told by their name alone, so one that moves to another object is no new key where
that object has been seen too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from graph.ingest.decoding.decode import Lines

# A text before a colon, and the brace where an object begins behind it; with no way back, which halves the time.
_KEY = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*+:\s*+(?:\{|(?=\S))'
_IN_BYTES, _IN_TEXT = re.compile(_KEY.encode()), re.compile(_KEY)
# The end of a block may cut a key that is shorter than this.
_LONGEST = 512


def with_new_keys(blocks: Iterable[Lines]) -> Iterator[Lines]:
    """The first block, and each that may have a key that none before it has."""
    seen: set[bytes] = set()
    for number, block in enumerate(blocks):
        found = set(_IN_BYTES.findall(block.text))
        if number == 0 or not found <= seen:
            seen |= found
            yield block


def keys_come_late(texts: Iterable[tuple[str, bool]]) -> bool:
    """Whether there may be a key that the first half of the first block has not.

    The second half may hold the beginning of a record that is read with the next block.

    Args:
        texts: Blocks that end anywhere, as ``decode.texts`` gives them.
    """
    seen: set[str] | None = None
    tail = ""
    for block, _ in texts:
        text = tail + block
        if seen is None:
            half = len(text) // 2
            seen, text = set(_IN_TEXT.findall(text[:half])), text[max(0, half - _LONGEST) :]
        if not set(_IN_TEXT.findall(text)) <= seen:
            return True
        tail = text[-_LONGEST:]
    return False
