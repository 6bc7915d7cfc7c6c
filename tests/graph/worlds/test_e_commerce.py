"""What only the e-commerce world has: baskets, refills, carts, returned goods, live streams."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graph.worlds.shop.words import INTERESTS, REFILL_DAYS, RETURN_SHARES
from graph.worlds.synth import WorldReport
from tests.graph.worlds.truth.planted_truth import Truth, read_truth

FIELDS = ["line", "user", "item", "basket", "quantity", "amount", "channel", "campaign", "status", "ts"]


@pytest.fixture(scope="module")
def truth(shop: WorldReport) -> Truth:
    return read_truth(shop.directory)


@pytest.fixture(scope="module")
def orders(shop: WorldReport, truth: Truth) -> pd.DataFrame:
    frame = pd.read_csv(shop.directory / "orders.csv", dtype={"活动编号": "str"})
    frame.columns = pd.Index(FIELDS)
    frame["ts"] = pd.to_datetime(frame["ts"])
    interest = pd.Series(truth.items["product"].interest, index=truth.items["product"].ids.tolist())
    frame["interest"] = frame["item"].map(interest)
    return frame


@pytest.fixture(scope="module")
def returned(shop: WorldReport) -> pd.DataFrame:
    frame = pd.read_csv(shop.directory / "returns.csv")
    frame.columns = pd.Index(["id", "user", "item", "line", "refund", "reason", "ts"])
    frame["ts"] = pd.to_datetime(frame["ts"])
    return frame


def test_a_basket_has_one_person_and_one_moment(orders: pd.DataFrame, truth: Truth) -> None:
    baskets = orders.groupby("basket")
    assert (baskets["user"].nunique() == 1).all()
    assert (baskets["ts"].nunique() == 1).all()
    assert orders.groupby(["user", "ts"])["basket"].nunique().max() == 1
    lines = baskets.size()
    assert 0.05 < (lines > 1).mean() < 0.15
    companion = truth.further["companion"]
    ids = truth.items["product"].ids
    partner = dict(zip(ids[companion >= 0].tolist(), ids[companion[companion >= 0]].tolist(), strict=True))
    two = orders[orders["basket"].isin(lines.index[lines == 2])].groupby("basket")["item"].agg(list)
    assert np.mean([partner.get(a) == b for a, b in two]) > 0.9


def test_companions_are_mutual_and_of_one_category(truth: Truth) -> None:
    companion = truth.further["companion"]
    paired = np.flatnonzero(companion >= 0)
    assert len(paired) >= len(companion) - len(INTERESTS)
    assert (companion[companion[paired]] == paired).all()
    interest = truth.items["product"].interest
    assert (interest[companion[paired]] == interest[paired]).all()
    assert (companion[paired] != paired).all()


def test_what_is_used_up_is_bought_again_at_its_pace(orders: pd.DataFrame) -> None:
    days = orders["interest"].map(dict(enumerate(REFILL_DAYS)))
    again = orders.duplicated(["user", "item"])
    assert again[days > 0].mean() > 0.3
    assert again[days == 0].mean() < 0.4 * again[days > 0].mean()
    ordered = orders.assign(pace=days).sort_values(["user", "item", "ts"])
    gap = ordered.groupby(["user", "item"])["ts"].diff().dt.total_seconds() / 86_400
    medians = gap.groupby(ordered["pace"]).median()
    assert medians[16] < medians[28] < medians[55]
    assert 13 < medians[16] < 19


def test_returned_goods_were_bought_before_and_are_paid_back(orders: pd.DataFrame, returned: pd.DataFrame) -> None:
    both = returned.merge(orders, on="line", how="left", suffixes=("", "_order"))
    assert (both["user"] == both["user_order"]).all()
    assert (both["item"] == both["item_order"]).all()
    assert (both["refund"] == both["amount"]).all()
    assert (both["ts"] > both["ts_order"]).all()
    assert returned["line"].is_unique
    assert set(both["status"]) == {"已退款"}
    assert (orders["status"] == "已退款").sum() == len(returned)
    share = orders["line"].isin(returned["line"]).groupby(orders["interest"]).mean()
    assert np.corrcoef(share, np.array(RETURN_SHARES)[share.index])[0, 1] > 0.8


def test_what_follows_no_taste_comes_back_more_often(truth: Truth) -> None:
    back, cause = truth.further["line_returned"], truth.causes["orders"]
    assert back[cause == 1].mean() > 1.2 * back[cause == 0].mean()


def test_most_purchases_were_in_the_cart_before(shop: WorldReport, orders: pd.DataFrame) -> None:
    cart = pd.read_csv(shop.directory / "carted_product.csv")
    cart["ts"] = pd.to_datetime(cart["ts"])
    pairs = orders.merge(cart, left_on=["user", "item"], right_on=["user_id", "product_id"], suffixes=("", "_cart"))
    near = pairs[(pairs["ts_cart"] < pairs["ts"]) & (pairs["ts"] - pairs["ts_cart"] < pd.Timedelta(days=10))]
    assert 0.4 < orders["line"].isin(near["line"]).mean() < 0.8
    # Some carts are left standing.
    bought = set(zip(orders["user"], orders["item"], strict=True))
    left = [pair not in bought for pair in zip(cart["user_id"], cart["product_id"], strict=True)]
    assert 0.1 < np.mean(left) < 0.6


def test_the_funnel_narrows(shop: WorldReport) -> None:
    rows = shop.rows
    assert rows["viewed_product"] > 1.5 * rows["carted_product"]
    assert rows["viewed_product"] > 2 * rows["orders"]
    assert 0.03 < rows["returns"] / rows["orders"] < 0.2


def test_sales_tower_and_parcels_rest_at_spring_festival(orders: pd.DataFrame) -> None:
    daily = orders["ts"].dt.strftime("%Y-%m-%d").value_counts()
    usual = daily.median()
    assert daily["2025-11-11"] > 3 * usual
    assert daily["2025-06-18"] > 2 * usual
    assert (
        daily.reindex(pd.date_range("2025-01-27", "2025-02-02").strftime("%Y-%m-%d"), fill_value=0).mean() < 0.7 * usual
    )


def test_a_live_stream_shows_several_goods_at_one_time(shop: WorldReport) -> None:
    streams = pd.read_csv(shop.directory / "live_streams.csv")
    sizes = streams.groupby(["kol_id", "ts"]).size()
    assert sizes.max() == 6
    assert sizes.mean() > 2.5
    assert (streams["fee"] > 0).mean() == pytest.approx(0.7, abs=0.08)


def test_live_streams_cause_purchases(truth: Truth, shop: WorldReport, orders: pd.DataFrame) -> None:
    caused = orders[truth.causes["orders"] == 2]
    assert len(caused) > 0.1 * len(orders)
    streams = pd.read_csv(shop.directory / "live_streams.csv")
    follows = pd.read_csv(shop.directory / "follows.csv")
    streams["ts"] = pd.to_datetime(streams["ts"])
    reached = caused.merge(follows[["user_id", "followed_id"]], left_on="user", right_on="user_id").merge(
        streams, left_on=["followed_id", "item"], right_on=["kol_id", "product_id"], suffixes=("", "_shown")
    )
    reached = reached[reached["ts_shown"] < reached["ts"]]
    by_stream = caused["line"].isin(reached["line"])
    assert by_stream.mean() > 0.4
    assert (caused[by_stream]["channel"] == "直播间").mean() > 0.4
    assert (orders[truth.causes["orders"] == 0]["channel"] == "直播间").mean() < 0.15
