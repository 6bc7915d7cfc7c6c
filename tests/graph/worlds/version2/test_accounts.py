"""Audiences are samples of all followers, prices follow followers, and fraud is as planned."""

from __future__ import annotations

import numpy as np

from graph.worlds.version2.settings import SETTINGS
from graph.worlds.version2.truth import planted_of
from graph.worlds.world import World
from graph.worlds.writing.names import PLATFORMS


def followers_in_file(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Real and fake followers of each KOL within the file."""
    ties, people = world.ties, world.people
    fake = people.fake[ties.follower]
    real = np.bincount(ties.followed[~fake], minlength=len(people))[people.kols.person]
    return real, np.bincount(ties.followed[fake], minlength=len(people))[people.kols.person]


def test_only_people_of_the_file_follow(world: World) -> None:
    assert (world.ties.follower < world.people.users).all()
    assert (world.interactions.actor < world.people.users).all()
    pairs = (world.ties.followed.astype(np.int64) << 32) | world.ties.follower
    assert (np.diff(pairs) > 0).all()


def test_everybody_is_covered_about_equally(world: World) -> None:
    kols = world.people.kols
    real, fake = followers_in_file(world)
    exact = np.array([SETTINGS.coverage(p, world.people.users) for p in range(len(PLATFORMS))])[kols.platform]
    for seen, stated in ((real, kols.genuine), (real + fake, kols.followers)):
        expected = exact * stated
        large = expected >= 25
        assert large.sum() >= 20
        ratio = seen[large] / expected[large]
        assert ratio.min() > 0.7
        assert ratio.max() < 1.35
        assert abs(ratio.mean() - 1.0) < 0.06
        # Small KOLs have few followers in the file, or none, and not more than their share.
        small = ~large
        assert abs(seen[small].sum() / expected[small].sum() - 1.0) < 0.1
        assert (seen[small] <= expected[small] * 1.3 + 2).all()


def test_platforms_are_covered_differently_and_larger_files_more() -> None:
    shares = [SETTINGS.coverage(platform, 5000) for platform in range(len(PLATFORMS))]
    assert shares == [SETTINGS.sampled * linked for linked in SETTINGS.linked]
    assert max(shares) > 2 * min(shares)
    assert SETTINGS.coverage(0, 500) < SETTINGS.coverage(0, 5000) < SETTINGS.coverage(0, 10**6) < 0.9
    assert SETTINGS.coverage(0, 10**12) == 0.9


def test_prices_follow_followers_platform_and_content_with_a_spread(world: World) -> None:
    kols, content = world.people.kols, planted_of(world).accounts.content
    plan = SETTINGS.price * kols.followers**SETTINGS.price_power
    plan *= np.array(SETTINGS.platform_prices)[kols.platform] * np.array(SETTINGS.content_prices)[content]
    left = np.log(kols.cost / plan)
    assert abs(left.mean()) < 0.25
    assert 0.4 < left.std() < 0.7
    assert np.corrcoef(np.log(kols.followers), np.log(kols.cost))[0, 1] > 0.85
    assert len(np.unique(kols.platform)) == len(PLATFORMS)
    assert len(np.unique(content)) == 3


def test_bought_followers_are_in_the_price_and_not_in_the_audience(world: World) -> None:
    kols, people, accounts = world.people.kols, world.people, planted_of(world).accounts
    assert 0.1 < kols.bought.mean() < 0.45
    assert (kols.authenticity[~kols.bought] >= 1.0 - SETTINGS.bought_least - 1e-9).all()
    # Few KOLs are so large that the fake accounts of the file could not stand for more.
    assert np.mean(kols.authenticity[kols.bought] <= 1.0 - SETTINGS.bought_least + 1e-9) > 0.6
    ties = world.ties
    fake = people.fake[ties.follower]
    assert (ties.chance[fake] == 0).all()
    assert (planted_of(world).ties.attention[fake] == 0).all()
    assert not people.fake[world.interactions.actor].any()
    assert ((accounts.farm >= 0) == people.fake[: people.users]).all()
    # The accounts of a seller signed up within days, and arrived at a buyer within one night.
    for farm in range(SETTINGS.farms):
        assert np.ptp(people.signup[accounts.farm == farm]) < SETTINGS.farm_days * 86_400
    spans = []
    for kol in kols.person[kols.bought]:
        since = ties.since[(ties.followed == kol) & fake]
        spans += [np.ptp(since)] if len(since) > 1 else []
    assert len(spans) >= 5
    assert max(spans) <= SETTINGS.night * 3600


def test_pods_react_and_move_nobody(world: World) -> None:
    kols, ties, planted = world.people.kols, world.ties, planted_of(world)
    pods = planted.accounts.pod
    assert pods.max() >= 1
    reactions = np.bincount(world.interactions.target, minlength=len(world.people))
    for pod in range(pods.max() + 1):
        members = [
            set(ties.follower[(ties.followed == kol) & planted.ties.pod].tolist()) - set(kols.person.tolist())
            for kol in kols.person[pods == pod]
        ]
        assert len(members) == SETTINGS.pod_kols
        assert all(group == members[0] for group in members)
        assert len(members[0]) >= 3
        assert len(np.unique(kols.platform[pods == pod])) == 1
    assert (ties.chance[planted.ties.pod] == 0).all()
    heard = ~np.array(SETTINGS.silent)[kols.platform]
    audience = np.maximum(sum(followers_in_file(world)), 1)
    rate = reactions[kols.person] / audience
    assert rate[heard & (pods >= 0)].mean() > 3 * rate[heard & (pods < 0) & (audience > 10)].mean()


def test_some_platforms_export_no_reactions(world: World) -> None:
    kols = world.people.kols
    silent = np.array(SETTINGS.silent)[kols.platform]
    reactions = np.bincount(world.interactions.target, minlength=len(world.people))[kols.person]
    assert reactions[silent].sum() == 0
    assert reactions[~silent].sum() > 500
    friends = np.setdiff1d(np.arange(world.people.users), kols.person)
    assert np.bincount(world.interactions.target, minlength=len(world.people))[friends].sum() > 500
    # Their ties are known, and their influence is there.
    mine = np.isin(world.ties.followed, kols.person[silent])
    assert world.ties.chance[mine].sum() > 0


def test_followers_share_the_community_and_the_taste_of_small_kols(world: World) -> None:
    kols, people, ties = world.people.kols, world.people, world.ties
    position = np.full(len(people), -1)
    position[kols.person] = np.arange(len(kols.person))
    rows = np.flatnonzero((position[ties.followed] >= 0) & ~people.fake[ties.follower])
    kol, follower = position[ties.followed[rows]], ties.follower[rows]
    same = people.community[follower] == people.community[kols.person[kol]]
    small = kols.tier[kol] <= 1
    assert same[small].mean() > same[~small].mean() + 0.1
    liking = people.taste[follower, kols.interest[kol]]
    everybody = people.taste[~people.fake[: people.users]][:, kols.interest[kol]].mean(axis=0)
    assert liking.mean() > 1.3 * everybody.mean()
