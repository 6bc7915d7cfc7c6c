"""A split that is given, as published benchmarks give theirs: pairs to learn from, and pairs to predict."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graph.columns import Edges, Nodes
from graph.errors import DataError, ModelError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.split import Questions, Split
from graph.recommend.target import Target
from graph.schema import MARKET
from graph.text import Int64

_ITEM = "Product"
# The files do not say what a pair means; it is taken for the first relation by which people acquire products.
_EVENT = next(key for key, edge in MARKET.edges.items() if key.target == _ITEM and edge.role == "acquire")
_TARGET = Target(_ITEM, ((_EVENT.relation,),), 1, (_EVENT.relation,))
# A person keeps all events where fewer than this are known.
_FEWEST = 5
# More do not fit into 64 bits.
_MOST_DIGITS = 18
# Part of everybody's training pairs that is held out for validation.
HELD_SHARE = 0.15


def read_given_split(train: Path, test: Path, *, rng: np.random.Generator) -> Split:
    """The split of two files of pairs; validation pairs are held out of the training file, person by person.

    Args:
        train: CSV with a header and the columns person and item, in this order, which may be compressed; further
            columns are not read. A pair that stands twice counts once.
        test: The same; people and items that ``train`` lacks are kept. A pair that ``train`` has is left out, since
            nobody is offered what they have, and the note says how many there were.
        rng: Draws the validation pairs, of everybody who has five or more.

    Raises:
        DataError: a file cannot be read, or a row lacks one of the two.
        ModelError: a file has no pairs, or the test none that is not in the training file.
    """
    known, asked = _as_numbers(_pairs(train), _pairs(test))
    people, first = np.unique(np.concatenate([known[0], asked[0]]), return_inverse=True)
    items, second = np.unique(np.concatenate([known[1], asked[1]]), return_inverse=True)
    nodes = {"Person": _nodes("Person", people), _ITEM: _nodes(_ITEM, items)}
    count = len(known[0])
    users, things = _distinct(first[:count], second[:count], len(items))
    later = _distinct(first[count:], second[count:], len(items))
    fresh = ~np.isin(later[0] * len(items) + later[1], users * len(items) + things)
    if not fresh.any():
        raise ModelError(f"every pair of {test} is in {train} too", hint="the test needs pairs to be predicted")
    held = held_out(users, share=HELD_SHARE, rng=rng)
    whole, part = (
        HeteroGraph.of(nodes, {_EVENT: Edges(users[kept], things[kept], None).canonical()})
        for kept in (np.ones_like(held), ~held)
    )
    return Split(
        _TARGET,
        part,
        Questions(part, users[held], things[held]),
        Questions(whole, later[0][fresh], later[1][fresh]),
        "given",
        None,
        _note(int((~fresh).sum())),
    )


def _note(known: int) -> str:
    note = f"split as given; validation is {HELD_SHARE:.0%} of everybody's training pairs, drawn by chance"
    return note if not known else f"{note}; {known:,} test pairs are in the training file too and were left out"


def held_out(users: Int64, *, share: float, rng: np.random.Generator) -> np.ndarray:
    """Which pairs to hold out, bool (p,): that share of each person's, none of people with fewer than five.

    Args:
        users: int64 (p,), ascending, the person of each pair.
        share: In (0, 1); a part of a pair is rounded up or down by chance.
        rng: Draws the pairs.
    """
    numbers, count = np.unique(users, return_counts=True)
    wanted = np.floor(count * share + rng.random(len(numbers))).astype(np.int64) * (count >= _FEWEST)
    order = np.lexsort((rng.random(len(users)), users))
    rank = np.arange(len(users)) - np.repeat(np.cumsum(count) - count, count)
    result = np.zeros(len(users), np.bool_)
    result[order] = rank < np.repeat(wanted, count)
    return result


def _pairs(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Two columns of text."""
    import pandas as pd

    try:
        frame = pd.read_csv(file, usecols=[0, 1], dtype=str, keep_default_na=False, skipinitialspace=True)
    except (OSError, ValueError, EOFError) as error:
        hint = "a CSV with a header and the columns person and item"
        raise DataError(f"cannot be read as pairs: {error}", hint=hint, file=str(file)) from error
    if not len(frame):
        raise ModelError(f"{file} has no pairs", hint="one line for each, person and item, below a header")
    frame = frame.fillna("")  # a row that ends before the item
    empty = np.flatnonzero((frame == "").any(axis=1).to_numpy())
    if len(empty):
        row = int(empty[0]) + 1
        raise DataError("a person or an item is missing", hint="fill it in or remove the row", file=str(file), row=row)
    return frame.iloc[:, 0].to_numpy(str), frame.iloc[:, 1].to_numpy(str)


def _as_numbers(
    known: tuple[np.ndarray, np.ndarray], asked: tuple[np.ndarray, np.ndarray]
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The columns of both files, as whole numbers where all values of a column are written as such in both."""
    columns = []
    for one, other in zip(known, asked, strict=True):
        both = np.concatenate([one, other])
        whole = np.char.isdecimal(both).all() and np.char.str_len(both).max() <= _MOST_DIGITS
        both = both.astype(np.int64) if whole else both
        columns.append((both[: len(one)], both[len(one) :]))
    (first, third), (second, fourth) = columns
    return (first, second), (third, fourth)


def _nodes(node_type: str, values: np.ndarray) -> Nodes:
    """Nodes whose ids are in byte order and keep the order of the values: numbers are padded with zeros."""
    width = len(str(values.max())) if np.issubdtype(values.dtype, np.integer) else 0
    return Nodes(IdMap.of(node_type, [str(value).zfill(width) for value in values.tolist()]), {})


def _distinct(users: Int64, items: Int64, width: int) -> tuple[Int64, Int64]:
    pairs = np.unique(users.astype(np.int64) * width + items)
    return pairs // width, pairs % width
