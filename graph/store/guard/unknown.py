"""Names in a query that a market does not have: no error, since nothing is found there, but most often a slip.

Of properties the schema does not tell: results have columns of their own.
"""

from __future__ import annotations

from graph.store.guard.checking import Checked
from graph.store.guard.kinds import Market


def unknown_names(found: Checked, market: Market) -> tuple[str, ...]:
    """One sentence for each label and each relationship type that the market does not have."""
    known = {
        "label": {*market.labels, *(role for roles in market.labels.values() for role in roles)},
        "relation": market.relations,
    }
    told = {
        "label": "no {} node in this market",
        "relation": "no {} relationship in this market",
    }
    return tuple(told[what].format(name) for what, name in found.asked if name not in known[what])
