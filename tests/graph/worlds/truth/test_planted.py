from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graph.errors import DataError
from graph.worlds.synth import WorldReport
from tests.graph.worlds.truth.planted_truth import Truth, preference, ranking_oracle, read_truth


@pytest.fixture(scope="module")
def truth(default_directory: Path) -> Truth:
    return read_truth(default_directory)


def read(directory: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(directory / f"{name}.csv", dtype="str")


def test_people_are_the_rows_of_the_files(default_directory: Path, truth: Truth):
    users, kols = read(default_directory, "users")["user_id"], read(default_directory, "kols")["kol_id"]
    assert truth.people[: len(users)].tolist() == users.tolist()
    assert set(truth.people.tolist()) == set(users) | set(kols)
    assert truth.kols.ids.tolist() == kols.tolist()
    assert set(truth.people[truth.role >= 1].tolist()) == set(kols)


def test_communities_are_uneven_and_bought_accounts_belong_to_none(default_world: WorldReport, truth: Truth):
    sizes = np.bincount(truth.community[~truth.fake])
    assert tuple(sizes.tolist()) == default_world.community_sizes
    assert sizes.max() >= 4 * sizes.min()
    assert (truth.community[truth.fake] == -1).all()
    assert (truth.community[~truth.fake] >= 0).all()


def test_ties_are_the_rows_of_follows(default_directory: Path, truth: Truth):
    follows = read(default_directory, "follows")
    planted = set(zip(truth.people[truth.influenced], truth.people[truth.influencer], strict=True))
    assert planted == set(zip(follows["user_id"], follows["followed_id"], strict=True))
    assert len(planted) == len(truth.influence)


def test_bought_accounts_follow_and_do_nothing_else(default_directory: Path, truth: Truth):
    fakes = set(truth.people[truth.fake].tolist())
    for name in ("bought_product", "bought_vehicle", "favourited_vehicle", "test_drove_vehicle", "searched_topic"):
        assert not fakes & set(read(default_directory, name)["user_id"]), name
    interacted = read(default_directory, "interacted")
    assert not fakes & set(interacted["actor_id"])
    assert fakes <= set(read(default_directory, "follows")["user_id"])
    reacting = truth.fake[truth.influenced]
    assert (truth.influence[reacting] == 0).all()
    assert (truth.influence[~reacting] > 0).all()
    assert truth.influence.max() <= 0.5


def test_kols_who_bought_followers_show_it(truth: Truth):
    kols = truth.kols
    inflated = kols.fake_audience / (kols.fake_audience + kols.real_audience)
    assert 5 <= kols.bought.sum() <= 40
    assert inflated[kols.bought].mean() > 3 * inflated[~kols.bought].mean()
    assert kols.authenticity[kols.bought].max() <= 0.5 < kols.authenticity[~kols.bought].min()
    assert (kols.cost > 0).all()


def test_ties_prefer_the_own_community_far_from_perfectly(truth: Truth):
    friends = ~np.isin(truth.influencer, np.flatnonzero(truth.role >= 1)) & ~truth.fake[truth.influenced]
    same = (truth.community[truth.influencer] == truth.community[truth.influenced])[friends]
    assert 0.5 < same.mean() < 0.75


def test_interactions_reflect_influence_noisily(default_directory: Path, truth: Truth):
    interacted = read(default_directory, "interacted")
    pairs = interacted["actor_id"] + ">" + interacted["target_id"]
    ties = pd.Series(truth.people[truth.influenced]) + ">" + pd.Series(truth.people[truth.influencer])
    counts = ties.map(pairs.value_counts()).fillna(0).to_numpy()
    real = ~truth.fake[truth.influenced]
    low, high = np.quantile(truth.influence[real], [0.25, 0.75])
    few, many = counts[real & (truth.influence <= low)].mean(), counts[real & (truth.influence >= high)].mean()
    assert many > 4 * few > 0
    assert 0.1 < np.corrcoef(truth.influence[real], counts[real])[0, 1] < 0.9
    assert 0.1 < (~pairs.isin(set(ties))).mean() < 0.2


def test_causes_line_up_with_the_rows(default_directory: Path, truth: Truth):
    for name, cause in truth.causes.items():
        assert len(cause) == len(read(default_directory, name)), name
        assert set(np.unique(cause).tolist()) <= {0, 1, 2}
    assert truth.summary["events_by_cause"]["bought_product"] == np.bincount(truth.causes["bought_product"]).tolist()


def test_caused_purchases_follow_a_purchase_by_somebody_followed(default_directory: Path, truth: Truth):
    bought, follows = read(default_directory, "bought_product"), read(default_directory, "follows")
    bought["ts"] = bought["ts"].astype("int64")
    caused = bought[truth.causes["bought_product"] == 2][["user_id", "product_id", "ts"]]
    assert len(caused) > 500
    earlier = bought.groupby(["user_id", "product_id"], as_index=False)["ts"].min()
    candidates = caused.merge(follows[["user_id", "followed_id"]], on="user_id").merge(
        earlier, left_on=["followed_id", "product_id"], right_on=["user_id", "product_id"], suffixes=("", "_source")
    )
    explained = candidates[candidates["ts_source"] < candidates["ts"]]
    assert len(explained[["user_id", "product_id"]].drop_duplicates()) == len(caused.drop_duplicates())


def test_preference_is_a_distribution_and_the_pair_score_agrees(truth: Truth):
    users = truth.people[[0, 7, 4999, len(truth.people) - 1]].tolist()
    for target in ("product", "vehicle", "topic"):
        table = preference(truth, users, target=target)
        assert table.shape == (4, len(truth.items[target].ids))
        np.testing.assert_allclose(table.sum(axis=1), 1.0, atol=1e-5)
        items = truth.items[target].ids[[3, 1, 4, 1]].tolist()
        expected = table[np.arange(4), [3, 1, 4, 1]]
        np.testing.assert_allclose(ranking_oracle(truth, users, items), expected, rtol=1e-12)


def test_preference_of_a_bought_account_is_popularity(truth: Truth):
    fake = truth.people[truth.fake][:1].tolist()
    np.testing.assert_allclose(preference(truth, fake, target="product")[0], truth.items["product"].popularity)


def test_oracle_ranks_what_people_chose_far_above_what_is_popular(default_directory: Path, truth: Truth):
    bought = read(default_directory, "bought_product")[truth.causes["bought_product"] == 0].iloc[::7]
    users, items = bought["user_id"].tolist(), bought["product_id"]
    scores = preference(truth, users, target="product")
    column = pd.Index(truth.items["product"].ids).get_indexer(items)
    popularity = truth.items["product"].popularity

    def mean_rank(table: np.ndarray) -> float:
        chosen = table[np.arange(len(column)), column]
        return float((table > chosen[:, None]).mean())

    by_taste = mean_rank(scores)
    by_popularity = mean_rank(np.broadcast_to(popularity, scores.shape))
    assert by_taste < 0.4 * by_popularity


def test_unknown_ids_and_mixed_items_are_refused(truth: Truth):
    with pytest.raises(DataError, match="nobody"):
        truth.numbers(["nobody"])
    with pytest.raises(DataError, match="V001"):
        ranking_oracle(truth, ["U00001", "U00002"], ["P0001", "V001"])
    with pytest.raises(DataError, match="differ in length"):
        ranking_oracle(truth, ["U00001"], [])
    with pytest.raises(DataError, match="boat"):
        preference(truth, ["U00001"], target="boat")
    assert ranking_oracle(truth, [], []).shape == (0,)


def test_no_truth_and_another_version_say_what_to_do(default_directory: Path, tmp_path: Path):
    with pytest.raises(DataError, match="no readable truth") as error:
        read_truth(tmp_path)
    assert "data synth" in error.value.hint
    (tmp_path / "truth").mkdir()
    document = json.loads((default_directory / "truth" / "truth.json").read_text("utf-8"))
    (tmp_path / "truth" / "truth.json").write_text(json.dumps({**document, "version": 99}))
    with pytest.raises(DataError, match="version 99"):
        read_truth(tmp_path)
