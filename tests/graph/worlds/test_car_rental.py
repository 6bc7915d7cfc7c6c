"""What only the car-rental world has: seasons by kind of customer, stores, days, repeats."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graph.worlds.rental.shape import HOLIDAYS
from graph.worlds.rental.words import BUSINESS, LEISURE
from graph.worlds.synth import WORLDS, WorldReport
from tests.graph.worlds.truth.planted_truth import Truth, read_truth

END = WORLDS["car-rental"].parameters.end


@pytest.fixture(scope="module")
def truth(rental: WorldReport) -> Truth:
    return read_truth(rental.directory)


@pytest.fixture(scope="module")
def rentals(rental: WorldReport, truth: Truth) -> pd.DataFrame:
    frame = pd.read_csv(rental.directory / "rentals.csv", dtype={"coupon_id": "str"})
    frame["picked_up_at"] = pd.to_datetime(frame["picked_up_at"])
    frame["returned_at"] = pd.to_datetime(frame["returned_at"])
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"])
    group = truth.further["community_group"][np.maximum(truth.community, 0)]
    frame["business"] = frame["user_id"].map(pd.Series(group == 1, index=truth.people.tolist()))
    return frame


def test_truth_says_who_is_business(truth: Truth, rentals: pd.DataFrame) -> None:
    assert truth.summary["groups"] == [("leisure", "business")[g] for g in truth.further["community_group"]]
    assert rentals["business"].tolist() == truth.further["rental_business"].tolist()
    assert 0.15 < rentals["business"].mean() < 0.75
    tags = truth.summary["interests"]
    taste, group = truth.community_taste, truth.further["community_group"]
    for number, (own, others) in enumerate(((LEISURE, BUSINESS), (BUSINESS, LEISURE))):
        theirs = taste[group == number]
        mine = theirs[:, [tags.index(tag) for tag in own]].mean(axis=1)
        assert (mine > theirs[:, [tags.index(tag) for tag in others]].mean(axis=1)).mean() > 0.75


def per_day(frame: pd.DataFrame) -> pd.Series:
    days = frame["picked_up_at"].dt.strftime("%Y-%m-%d").value_counts()
    return days.reindex(pd.date_range("2025-07-01", "2026-06-30").strftime("%Y-%m-%d"), fill_value=0)


def around(daily: pd.Series, first: str) -> float:
    """Mean of the three weeks before a holiday; the market grows, so that the year's mean says little."""
    begin = pd.Timestamp(first)
    days = [(begin - pd.Timedelta(days=n)).strftime("%Y-%m-%d") for n in range(1, 22)]
    return float(daily[days].mean())


def test_leisure_follows_the_holidays_and_business_the_working_days(rentals: pd.DataFrame) -> None:
    leisure, business = per_day(rentals[~rentals["business"]]), per_day(rentals[rentals["business"]])
    for first, last in (HOLIDAYS[0], HOLIDAYS[2], HOLIDAYS[4]):
        assert leisure[first:last].mean() > 1.7 * around(leisure, first), first
        assert business[first:last].mean() < 0.6 * around(business, first), first
    weekend = pd.to_datetime(leisure.index).day_of_week >= 5
    assert leisure[weekend].mean() > 1.2 * leisure[~weekend].mean()
    assert business[weekend].mean() < 0.75 * business[~weekend].mean()


def test_cars_are_picked_up_by_day(rentals: pd.DataFrame) -> None:
    by_day = rentals["picked_up_at"].dt.hour.between(7, 19)
    assert 0.8 < by_day.mean() < 0.95


def test_classes_go_with_bodies_and_prices(rental: WorldReport) -> None:
    vehicles = pd.read_csv(rental.directory / "vehicles.csv")
    large = vehicles["body"].isin(["SUV", "MPV"])
    assert (vehicles["class"] == vehicles["body"])[large].all()
    prices = vehicles[~large].groupby("class")["price_of_a_day"]
    assert prices.max()["经济型"] < prices.min()["舒适型"] < prices.max()["舒适型"] < prices.min()["豪华型"]


def test_orders_come_before_cars_and_nobody_drives_two(rentals: pd.DataFrame) -> None:
    assert (rentals["ordered_at"] <= rentals["picked_up_at"]).all()
    back = rentals.dropna(subset="returned_at").sort_values(["user_id", "picked_up_at"])
    assert (back["returned_at"] > back["picked_up_at"]).all()
    following = back.groupby("user_id")["picked_up_at"].shift(-1)
    # Two rentals that start within the same minute are the only ones that can overlap.
    assert (back["returned_at"] >= following).mean() < 0.001
    lead = (rentals["picked_up_at"] - rentals["ordered_at"]).dt.total_seconds() / 86_400
    assert lead[rentals["business"]].median() < 0.5 * lead[~rentals["business"]].median()


def test_cars_that_are_out_are_not_returned_yet(rental: WorldReport, rentals: pd.DataFrame) -> None:
    out = rentals["returned_at"].isna()
    assert 0 < out.sum() < 0.05 * len(rentals)
    assert set(rentals[out]["status"]) == {"在租"}
    assert set(rentals[~out]["status"]) == {"已还车"}
    returns = pd.read_csv(rental.directory / "returns.csv").set_index("order_id")
    assert set(returns.index) == set(rentals[~out]["order_id"])
    same = rentals[~out].set_index("order_id")
    pd.testing.assert_series_equal(
        pd.to_datetime(returns["ts"]).sort_index(), same["returned_at"].sort_index(), check_names=False
    )


def test_most_cars_come_back_where_they_started_and_some_in_another_city(rental: WorldReport) -> None:
    stores = pd.read_csv(rental.directory / "stores.csv").set_index("store_id")
    assert stores["name"].is_unique
    assert stores["city"].nunique() == 32
    taken, brought = (
        pd.read_csv(rental.directory / f"{name}.csv").set_index("order_id") for name in ("pickups", "returns")
    )
    start, stop = taken["store_id"].reindex(brought.index), brought["store_id"]
    assert 0.7 < (start == stop).mean() < 0.9
    one_way = (start.map(stores["city"]) != stop.map(stores["city"])).mean()
    assert 0.06 < one_way < 0.14
    assert (taken["vehicle"].reindex(brought.index) == brought["vehicle"]).all()
    assert brought["kilometres"].between(3, 100_000).all()


def test_days_and_amounts(rental: WorldReport, rentals: pd.DataFrame) -> None:
    assert rentals["days"].between(1, 60).all()
    assert rentals[rentals["business"]]["days"].median() < rentals[~rentals["business"]]["days"].median()
    raw = pd.read_csv(rental.directory / "rentals.csv", dtype="str")["paid_amount"]
    assert raw.str.fullmatch(r"\d+\.\d\d").all()
    price = pd.read_csv(rental.directory / "vehicles.csv").set_index("vehicle_id")["price_of_a_day"]
    a_day = rentals["paid_amount"] / rentals["days"] / rentals["vehicle_id"].map(price)
    assert a_day.quantile(0.01) > 0.4
    assert a_day.median() < 2.5
    assert np.corrcoef(np.log(rentals["paid_amount"]), np.log(rentals["days"]))[0, 1] > 0.6


def test_coupons_are_the_conversions(rental: WorldReport, rentals: pd.DataFrame) -> None:
    converted = pd.read_csv(rental.directory / "conversions.csv")
    used = rentals[rentals["coupon_id"].notna()]
    assert sorted(zip(used["user_id"], used["coupon_id"], used["paid_amount"], strict=True)) == sorted(
        zip(converted["user_id"], converted["campaign_id"], converted["amount"], strict=True)
    )


def test_business_customers_rent_the_same_car_again_more_often(rentals: pd.DataFrame) -> None:
    again = rentals.duplicated(["user_id", "vehicle_id"])
    assert again[rentals["business"]].mean() > 1.25 * again[~rentals["business"]].mean() > 0.1


def test_ratings_follow_returned_cars(rental: WorldReport, rentals: pd.DataFrame) -> None:
    rated = pd.read_csv(rental.directory / "ratings.csv")
    ts = pd.to_datetime(rated["ts"])
    assert rated["stars"].isin([1, 2, 3, 4, 5]).all()
    assert rated["helpfulness"].between(0, 1).all()
    assert 0.1 < len(rated) / len(rentals) < 0.3
    pairs = rated.assign(rated_at=ts).merge(
        rentals[["user_id", "vehicle_id", "returned_at"]], on=["user_id", "vehicle_id"]
    )
    earlier = pairs[pairs["returned_at"] < pairs["rated_at"]]
    assert len(earlier[["user_id", "vehicle_id", "rated_at"]].drop_duplicates()) == len(rated)
