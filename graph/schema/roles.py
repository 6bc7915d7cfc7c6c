"""What a relation means: its role, and the defaults that follow from the role.

Other packages read the meaning of an edge type, never its name. So a relation that a user adds in schema.toml takes
part in segments, recommendations and influence like a built-in one.
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
# Roles between two people. All other roles lead from a person to a node of another type.
SOCIAL: frozenset[Role] = frozenset({"follow", "react", "refer"})
# A campaign reached somebody, and how they responded: this tells who was targeted, not what anybody likes.
CAMPAIGN: frozenset[Role] = frozenset({"expose", "respond"})
# Node types at the target of these roles can be recommended.
WANTING: frozenset[Role] = frozenset({"acquire", "intend", "rate"})
# A weight that is described by one of these words is a count.
COUNT_WORDS = frozenset({"times", "count", "quantity", "pieces", "units", "impressions", "clicks", "plays"})


class Act(NamedTuple):
    """How strongly one act of a kind (a like, a share) shows influence of the target on the person who acted.

    Attributes:
        kind: Value of the column ``kind``; empty for acts of all other kinds and for acts without a kind.
        strength: Relative to other acts, > 0.
        half_life: Days after which the act counts half.
    """

    kind: str
    strength: float
    half_life: float


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an edge type means.

    Attributes:
        role: Kind of relation; see docs/relations.md.
        measure: What the weight is: an amount of money, a count of events, a duration, a rating, or (empty) anything
            else.
        currency: ISO 4217 code where the weight is money, else empty.
        recurring: Items are bought again and again (food, rentals), so they are offered to people who had them.
        undoes: Name of the relation between the same node types whose events this one cancels (RETURNED undoes BOUGHT);
            else empty.
        state: Describes a state (owns) and not an action (bought): it does not age, and does not show that an account
            is active.
        low, high: Lowest and highest rating of the scale; both 0 where the weight is not a rating.
        liked: Smallest rating that counts as liking.
        strength: Weight of one event in segmentation, relative to other relations.
        half_life: Days after which an event weighs half in segmentation; infinite for no decay.
        acts: For ``react`` and ``refer``: strength and half-life per kind; the last entry is for all other kinds.
        verb: The relation in a sentence about a person: ``bought``, ``put into the cart``.
        costly: True for acts that fake accounts hardly do, because they cost money or effort. Accounts without any
            costly act are suspected of being fake (``graph.influence.learning.fake_accounts``).
        shows: For ``publish``: followers of the publisher are shown the item as an offer (advertising).
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
        """Whether the relation is between two people."""
        return self.role in SOCIAL

    @property
    def adoption(self) -> bool:
        """Whether an event is an adoption: somebody acquired, wanted or liked the item."""
        return self.role in WANTING and not self.state and not self.undoes

    def to_json(self) -> dict[str, Any]:
        """The meaning as a dict of JSON values; an infinite half-life becomes None."""
        return {
            name: [list(act) for act in value] if name == "acts" else None if value == math.inf else value
            for name, value in asdict(self).items()
        }

    @staticmethod
    def of_json(facts: Mapping[str, Any]) -> Meaning:
        """The inverse of ``to_json``.

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
class _Defaults:
    """Defaults of a role; half-lives are in days."""

    strength: float = 1.0
    half_life: float = math.inf
    acts: tuple[Act, ...] = ()
    verb: str = ""
    costly: bool = True
    more: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


# Half-lives are longer than in ranking models, since a segment describes who somebody is and not what they do next.
# Browsing, exposure and responses are not costly: fake accounts open pages and click too.
_DEFAULTS: Mapping[Role, _Defaults] = MappingProxyType(
    {
        "acquire": _Defaults(3.0, 365.0),
        "intend": _Defaults(2.0, 180.0),
        "browse": _Defaults(1.0, 90.0, costly=False),
        "rate": _Defaults(2.0, 365.0, more={"measure": "rating", "low": 1.0, "high": 5.0, "liked": 4.0}),
        "follow": _Defaults(verb="is tied to"),
        "react": _Defaults(1.0, 90.0, (Act("", 1.0, 365.0),), verb="reacted to"),
        "refer": _Defaults(acts=(Act("", 4.0, 1095.0),), verb="brought in"),
        "publish": _Defaults(1.0, 180.0, more={"shows": True}),
        "expose": _Defaults(costly=False),
        "respond": _Defaults(costly=False),
    }
)


def meaning_of(role: Role, relation: str, **overrides: Any) -> Meaning:
    """The meaning of a relation with that role.

    Args:
        role: Role of the relation.
        relation: Its name; in lower case it is the verb where neither ``overrides`` nor the role gives one.
        overrides: Fields of ``Meaning`` that differ from the defaults of the role.

    >>> meaning_of("intend", "TRIED_ON").verb, meaning_of("intend", "TRIED_ON", strength=1.0).half_life
    ('tried on', 180.0)
    """
    defaults = _DEFAULTS[role]
    verb = defaults.verb or relation.lower().replace("_", " ")
    facts: dict[str, Any] = {"strength": defaults.strength, "half_life": defaults.half_life, "acts": defaults.acts}
    facts |= {"verb": verb, "costly": defaults.costly, **defaults.more}
    if overrides.get("state"):
        facts |= {"strength": 1.0, "half_life": math.inf, "costly": False}
    return Meaning(role, **(facts | overrides))


def role_between(source: str, target: str, *, person: str) -> Role:
    """The role of a relation whose schema names none: the weakest one that its ends allow.

    Between two people that is ``follow``, else ``browse``: browsing shows interest, but counts neither as owning, nor
    as wanting or liking.
    """
    return "follow" if source == target == person else "browse"
