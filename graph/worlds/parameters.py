"""Parameters: all numbers that define a synthetic market, as one frozen value with a hash."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

_REFERENCE_USERS = 5000


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of a world. Counts are for 5,000 users and grow with the number of users.

    The defaults are those of ``ev-retail``; other worlds override some.

    Attributes:
        start: First second of the window, UTC seconds (2025-07-01 00:00 in UTC+8).
        days: Length of the window; it contains one Singles' Day (11 November) and one 18 June sale.
        communities: Planted communities; grows with users ** 0.25.
        largest_to_smallest: Size of the largest divided by the smallest community; sizes decrease geometrically.
        products, vehicles, topics: Catalogue sizes; they grow with users ** 0.5, 0.15 and 0.25.
        popularity_spread: Sigma of the log-normal popularity of the main item type; the others use 0.7 of it.
        universal_share: Share of items that belong to no community.
        second_home_share: Share of items that belong to two communities.
        loyalty: Share of taste events that go to items of the person's own community.
        community_taste: Dirichlet concentration of a community over interests; small values give few strong interests.
        personal_taste: Dirichlet concentration of a person around the community's interests.
        late_products, late_vehicles: Share launched inside the last ``late_days`` of the window.
        gradual_launches: Share launched at even intervals in the rest of the window.
        late_days: Length of the cold period in days.
        noise: Share of a person's own item events that ignore taste and follow global popularity.
        interaction_noise: Share of interactions with somebody whom the person does not follow.
        activity_median, activity_spread: Log-normal number of a person's own item events after the first visit, before
            the reduction for late sign-ups.
        first_visit_least, first_visit_most: Range of the uniform number of item events of the first visit.
        activity_cap: Maximum number of a person's item events that are not caused by a tie.
        existing_users: Share of people who signed up before the window.
        late_users: Share of people who sign up in the last ``late_days``.
        fake_share: Share of accounts in users.csv that are fake (bought as followers).
        fake_follows: Maximum mean number of KOLs that a fake account follows, besides camouflage.
        tied_share: Share of real people who take part in the social network at all.
        friend_follows: Mean number of friends whom a tied person chooses to follow.
        reciprocity: Share of friend ties that are returned.
        closure: Number of ties added between friends of friends, as a share of friend ties.
        homophily: Share of friend ties within the own community; the others ignore communities.
        kols: Number of KOLs; grows with users ** 0.6.
        kol_follows: Mean number of KOLs that a tied person follows.
        bought_kols: Share of KOLs above the nano tier that bought followers.
        friend_influence: Mean planted probability that a friend's adoption causes an adoption.
        adoption_delay_days: Mean delay of a caused adoption.
        promotions, mentions: Mean number of items promoted and of topics mentioned by a KOL in the window.
        interaction_rate: Interactions per tie and unit of planted probability over the whole window.
        interaction_spread: Sigma of the log-normal noise between planted probability and interaction rate.
        funnel: Share of adoptions that follow an earlier view of the same item.
    """

    start: int = 1751299200
    days: int = 365
    communities: int = 12
    largest_to_smallest: float = 6.0
    products: int = 1500
    vehicles: int = 110
    topics: int = 112
    popularity_spread: float = 1.25
    universal_share: float = 0.05
    second_home_share: float = 0.12
    loyalty: float = 0.93
    community_taste: float = 0.4
    personal_taste: float = 6.0
    late_products: float = 0.07
    late_vehicles: float = 0.06
    gradual_launches: float = 0.15
    late_days: int = 60
    noise: float = 0.185
    interaction_noise: float = 0.15
    activity_median: float = 2.3
    activity_spread: float = 2.1
    activity_cap: int = 800
    first_visit_least: int = 2
    first_visit_most: int = 3
    existing_users: float = 0.45
    late_users: float = 0.1
    fake_share: float = 0.04
    fake_follows: float = 14.0
    tied_share: float = 0.69
    friend_follows: float = 3.5
    reciprocity: float = 0.45
    closure: float = 0.15
    homophily: float = 0.65
    kols: int = 120
    kol_follows: float = 3.0
    bought_kols: float = 0.25
    friend_influence: float = 0.06
    adoption_delay_days: float = 5.0
    promotions: float = 5.0
    mentions: float = 10.0
    interaction_rate: float = 9.0
    interaction_spread: float = 0.6
    funnel: float = 0.6

    @property
    def end(self) -> int:
        """First second after the window, UTC seconds."""
        return self.start + self.days * 86_400

    def scaled(self, count: int, users: int, *, power: float, least: int) -> int:
        """A count for 5,000 users, scaled to ``users`` with this power; at least ``least``."""
        return max(least, round(count * float((users / _REFERENCE_USERS) ** power)))

    def canonical_json(self) -> str:
        """The parameters as JSON with sorted keys and no spaces."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class EvRetail(Parameters):
    """Parameters of the world ``ev-retail``; its defaults must not change."""
