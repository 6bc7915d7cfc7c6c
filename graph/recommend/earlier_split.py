"""Earlier splits: windows before the validation period, made as the split itself was, which a ranker learns from."""

from __future__ import annotations

import numpy as np

from graph.recommend.split import FEWEST_EVENTS, Questions, Split, split_graph, without_pairs
from graph.recommend.split_given import HELD_SHARE, held_out
from graph.recommend.target import first_events


def earlier_split(split: Split, *, rng: np.random.Generator) -> Split | None:
    """A split of the training part alone, to learn on what validation then judges.

    Its test is held out of what ``split`` knows before validation, as validation was: the last tenth, the last event of
    some people, or, where the split was given, a share of everybody's pairs drawn by chance.

    Returns:
        A split without validation, whose ``train`` is what was known before its test; None where there is too little.
    """
    events = first_events(split.train, split.target)
    if len(events.users) < FEWEST_EVENTS:
        return None
    if split.method != "given":
        return split_graph(split.train, split.target, rng=rng).before_test()
    width = split.train.count(split.target.node_type)
    pairs = np.unique(events.users * width + events.items)
    asked = pairs[held_out(pairs // width, share=HELD_SHARE, rng=rng)]
    if not len(asked):
        return None
    known = without_pairs(split.train, split.target, asked)
    return Split(split.target, known, None, Questions(known, asked // width, asked % width), "given", None, split.note)
