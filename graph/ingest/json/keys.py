"""Finds the parts of a JSON file that may hold new keys, without parsing them.

Text that only looks like a key costs one needless parse and has no other effect. Keys of nested objects are compared by
their own name alone: a known name in another known object does not count as new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from graph.ingest.decoding.decode import Lines

# A string before a colon, and the brace if an object follows; possessive quantifiers halve the time.
_KEY = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*+:\s*+(?:\{|(?=\S))'
_IN_BYTES, _IN_TEXT = re.compile(_KEY.encode()), re.compile(_KEY)
# Longest key that is still found where the end of a block cuts it.
_LONGEST = 512


def with_new_keys(blocks: Iterable[Lines]) -> Iterator[Lines]:
    """The first block, and every block that may have a key which no block before it has."""
    seen: set[bytes] = set()
    for number, block in enumerate(blocks):
        found = set(_IN_BYTES.findall(block.text))
        if number == 0 or not found <= seen:
            seen |= found
            yield block


def keys_come_late(texts: Iterable[tuple[str, bool]]) -> bool:
    """Whether there may be a key that is not in the first half of the first block.

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
