"""What a relation means to whoever reads it: its role, and all that follows from the role.

A room asks for the meaning of an edge type and never for its name, so that a relation that a user adds takes part like
a built-in one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

Role = Literal["acquire", "intend", "browse", "rate", "follow", "react", "refer", "publish", "expose", "respond"]
Measure = Literal["", "money", "count", "duration", "rating"]

ROLES: tuple[Role, ...] = get_args(Role)
MEASURES: tuple[Measure, ...] = get_args(Measure)
# Between two people; the others lead from a person to something else.
SOCIAL: frozenset[Role] = frozenset({"follow", "react", "refer"})
# What a campaign did to somebody, and what they did about it: who was chosen for it, not what anybody likes.
CAMPAIGN: frozenset[Role] = frozenset({"expose", "respond"})
# A node type that one of these leads to can be recommended.
WANTING: frozenset[Role] = frozenset({"acquire", "intend", "rate"})
# Words that say of a weight that it is a number of times.
COUNT_WORDS = frozenset({"times", "count", "quantity", "pieces", "units", "impressions", "clicks", "plays"})


class Act(NamedTuple):
    """How far one act of a kind moves the one who did it towards the other person.

    Attributes:
        kind: Value of the column ``kind``; empty for the acts of any other kind, or of none.
        strength: Beside other acts.
        half_life: Days after which it counts half.
    """

    kind: str
    strength: float
    half_life: float


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an edge type means.

    Attributes:
        role: What the relation says.
        measure: What a weight is: an amount of money, a count of events, a duration, a rating, or anything else.
        currency: ISO 4217 code where it is money.
        recurring: What is acquired is acquired again, so having had it keeps nothing from being offered.
        undoes: Name of the relation between the same node types whose events one of these gives back; else empty.
        state: Says how things are, not that somebody did something: it does not age, and proves no activity.
        low, high: The scale of a rating; both 0 where there is none.
        liked: The least rating that says that somebody likes something.
        strength: How much one event says of who belongs together, beside the other relations.
        half_life: Days after which it says half; infinite where age does not matter.
        acts: Of ``react`` and ``refer``: strength per kind, the one for any other kind last.
        verb: How the relation stands in a sentence: ``bought``, ``put into the cart``.
        costly: An act that an account which was made to follow does not do.
        shows: Of ``publish``: those who listen are shown the thing as an offer.
    """

    role: Role
    measure: Measure = ""
    currency: str = ""
    recurring: bool = False
    undoes: str = ""
    state: bool = False
    low: float = 0.0
    high: float = 0.0
    liked: float = 0.0
    strength: float = 1.0
    half_life: float = math.inf
    acts: tuple[Act, ...] = ()
    verb: str = ""
    costly: bool = True
    shows: bool = False

    @property
    def social(self) -> bool:
        """Whether it joins two people."""
        return self.role in SOCIAL

    @property
    def adoption(self) -> bool:
        """Whether an event says that somebody took to a thing: had, wanted or liked it."""
        return self.role in WANTING and not self.state and not self.undoes

    def to_json(self) -> dict[str, Any]:
        """The meaning as JSON values."""
        return {
            name: [list(act) for act in value] if name == "acts" else None if value == math.inf else value
            for name, value in asdict(self).items()
        }

    @staticmethod
    def of_json(facts: Mapping[str, Any]) -> Meaning:
        """The meaning that ``to_json`` described.

        Raises:
            TypeError: a field is unknown.
            ValueError: the role is unknown.
        """
        if facts["role"] not in ROLES:
            raise ValueError(f"unknown role {facts['role']!r}")
        acts = tuple(Act(str(kind), float(strength), float(half)) for kind, strength, half in facts["acts"])
        half_life = math.inf if facts["half_life"] is None else float(facts["half_life"])
        return Meaning(**{**facts, "acts": acts, "half_life": half_life})


@dataclass(frozen=True, slots=True)
class _Usual:
    """What a role says where the relation does not say otherwise; half-lives are in days."""

    strength: float = 1.0
    half_life: float = math.inf
    acts: tuple[Act, ...] = ()
    verb: str = ""
    costly: bool = True
    more: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


# Half-lives are long beside those of ranking models: a segment says who somebody is, not what comes next. Being shown
# something and opening pages is what bought accounts do too, so neither proves anybody.
_USUAL: Mapping[Role, _Usual] = MappingProxyType(
    {
        "acquire": _Usual(3.0, 365.0),
        "intend": _Usual(2.0, 180.0),
        "browse": _Usual(1.0, 90.0, costly=False),
        "rate": _Usual(2.0, 365.0, more={"measure": "rating", "low": 1.0, "high": 5.0, "liked": 4.0}),
        "follow": _Usual(verb="is tied to"),
        "react": _Usual(1.0, 90.0, (Act("", 1.0, 365.0),), verb="reacted to"),
        "refer": _Usual(acts=(Act("", 4.0, 1095.0),), verb="brought in"),
        "publish": _Usual(1.0, 180.0, more={"shows": True}),
        "expose": _Usual(costly=False),
        "respond": _Usual(costly=False),
    }
)


def meaning_of(role: Role, relation: str, **told: Any) -> Meaning:
    """The meaning of a relation of that role.

    Args:
        role: What the relation says.
        relation: Its name, whose words are the verb where neither ``told`` nor the role has one.
        told: Fields of ``Meaning`` that differ from what is usual for the role.

    >>> meaning_of("intend", "TRIED_ON").verb, meaning_of("intend", "TRIED_ON", strength=1.0).half_life
    ('tried on', 180.0)
    """
    usual = _USUAL[role]
    verb = usual.verb or relation.lower().replace("_", " ")
    facts: dict[str, Any] = {"strength": usual.strength, "half_life": usual.half_life, "acts": usual.acts}
    facts |= {"verb": verb, "costly": usual.costly, **usual.more}
    if told.get("state"):
        facts |= {"strength": 1.0, "half_life": math.inf, "costly": False}
    return Meaning(role, **(facts | told))


def role_between(source: str, target: str, *, person: str) -> Role:
    """The role of a relation whose schema names none: the one that claims least.

    Between two people a standing tie; anything else is read like a look, which is evidence of interest and makes
    nothing owned, wanted or liked.
    """
    return "follow" if source == target == person else "browse"
