"""Settings: every number by which a world of version 2 differs from version 1, as one frozen value with a hash.

The numbers are the same for every seed and kind of market. docs/worlds.md says where each range comes from.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace

from graph.worlds.writing.names import PLATFORMS

CONTENTS = ("图文", "短视频", "测评")
"""What a KOL mostly posts: pictures with text, short videos, long reviews."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of version 2. Tuples by platform follow ``PLATFORMS``, by tier ``TIERS``, by content ``CONTENTS``.

    Attributes:
        sampled: Share of all people of the market who are in a file of 5,000 users. A larger file belongs to a larger
            market: the share grows with users ** ``sampled_power``, as the number of KOLs does with users ** 0.6, so
            that the mean number of KOLs that a person follows stays the same.
        linked: By platform, share of users whose account on it is known. The coverage of a platform, that is the
            share of a KOL's followers who are in the file, is ``sampled * linked``.
        coverage_spread: Sigma of the log-normal factor of a KOL's coverage.
        largest: Largest genuine audience within the file, as a share of the linked people of the platform.
        tier_shares: Share of KOLs by tier of their genuine followers.
        platform_shares: Share of KOLs by platform.
        own_interest: Share of KOLs whose main interest is drawn from their community's interests.
        customers: Share of nano KOLs who are users themselves.
        price, price_power: A post of f stated followers costs ``price * f ** price_power`` yuan ...
        price_spread: ... times a log-normal factor with this sigma ...
        platform_prices: ... times the factor of the platform ...
        content_shares, content_prices: ... times the factor of the content.
        buyers: By tier, share of KOLs who bought followers.
        bought_least, bought_most: Range of the bought share of their stated followers.
        fake_share: Share of accounts in users.csv that are fake.
        most_fakes: Largest number of fake followers of one KOL within the file, as a share of all fake accounts.
        strays: Mean fake share of the stated followers of everybody else.
        farms: Number of sellers of followers; their accounts signed up within ``farm_days`` of each other.
        farm_days: See ``farms``.
        night: Hours within which all bought followers of a KOL arrived.
        pod_share: Share of nano to mid KOLs who are in an engagement pod.
        pod_kols: KOLs of a pod.
        pod_audience: Fewest genuine followers in the file of a KOL who is in a pod.
        pod_part: Largest part of the smallest audience of a pod's KOLs that the pod's members are.
        pod_members: Users who take part in a pod: they follow all its KOLs, react to every post, and are moved by none.
        pod_reactions: How much more a member reacts than a friend.
        silent: By platform, whether reactions are not exported.
        near: By tier, share of followers who are drawn from the KOL's own community.
        by_taste: Share of the other followers who are drawn by their taste for the KOL's interest.
        reaction: By tier, chance that a follower reacts to a post.
        friend_reaction: The same for friends.
        yearly_posts: Posts of a year that a follower could react to, of those that were exported.
        open_spread: Sigma of the log-normal factor of a person.
        tie_shape: Shape of the gamma factor of a tie (mean 1).
        persuasion_spread: Sigma of the log-normal factor of a KOL that turns reactions into adoptions.
        content_persuasion: Factor of the content.
        influence: Adoptions per reaction; 0 where nobody influences anybody.
        tiring: Dose after which one more exposure has half of its effect.
        home_taste, foreign_taste: Factor of an item's appeal within and outside of its home communities; items without
            a home have the factor 1.
        most_taste: Largest factor of a person's taste.
        campaign_items: Number of items for which the truth has plans.
        campaign_days: Horizon of these plans.
        budgets: Their budgets, as shares of the sum of all prices.
    """

    sampled: float = 8e-4
    sampled_power: float = 0.4
    linked: tuple[float, ...] = (0.75, 0.60, 0.40, 0.35, 0.65)
    coverage_spread: float = 0.06
    largest: float = 0.35
    tier_shares: tuple[float, ...] = (0.46, 0.29, 0.15, 0.08, 0.02)
    platform_shares: tuple[float, ...] = (0.34, 0.28, 0.14, 0.12, 0.12)
    own_interest: float = 0.7
    customers: float = 0.5
    price: float = 0.095
    price_power: float = 0.9
    price_spread: float = 0.55
    platform_prices: tuple[float, ...] = (1.0, 1.6, 2.0, 0.5, 0.9)
    content_shares: tuple[float, ...] = (0.35, 0.45, 0.20)
    content_prices: tuple[float, ...] = (0.55, 1.0, 1.4)
    buyers: tuple[float, ...] = (0.15, 0.40, 0.35, 0.30, 0.25)
    bought_least: float = 0.2
    bought_most: float = 0.6
    fake_share: float = 0.06
    most_fakes: float = 0.8
    strays: float = 0.05
    farms: int = 3
    farm_days: int = 3
    night: float = 9.0
    pod_share: float = 0.12
    pod_kols: int = 4
    pod_audience: int = 12
    pod_part: float = 0.4
    pod_members: int = 15
    pod_reactions: float = 12.0
    silent: tuple[bool, ...] = (False, False, False, True, True)
    near: tuple[float, ...] = (0.80, 0.72, 0.58, 0.42, 0.28)
    by_taste: float = 0.7
    reaction: tuple[float, ...] = (0.070, 0.044, 0.034, 0.029, 0.024)
    friend_reaction: float = 0.05
    yearly_posts: float = 20.0
    open_spread: float = 0.4
    tie_shape: float = 2.0
    persuasion_spread: float = 0.45
    content_persuasion: tuple[float, ...] = (0.85, 1.0, 1.2)
    influence: float = 1.0
    tiring: float = 0.15
    home_taste: float = 2.0
    foreign_taste: float = 0.4
    most_taste: float = 6.0
    campaign_items: int = 3
    campaign_days: int = 90
    budgets: tuple[float, ...] = (0.01, 0.05, 0.15)

    def coverage(self, platform: int, users: int) -> float:
        """Share of the followers on a platform who are in a file of so many users, at most 0.9."""
        share = self.sampled * float((users / 5000) ** self.sampled_power) * self.linked[platform]
        return min(share, 0.9)

    def canonical_json(self) -> str:
        """The settings as JSON with sorted keys and no spaces."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    def digest(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


SETTINGS = Settings()
LIKENESS = replace(SETTINGS, influence=0.0)
"""Nobody influences anybody: followers resemble those whom they follow, and react to them, and that is all."""

assert len(SETTINGS.linked) == len(PLATFORMS)
