"""The readable side of people and items: names, cities, tags, brands, prices, as Arrow tables in file column order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.worlds import names
from graph.worlds.catalogue import Catalogue
from graph.worlds.draws import Floats, Ints, draw_columns, stream
from graph.worlds.ev_retail import World
from graph.worlds.names import INTERESTS

if TYPE_CHECKING:
    import pyarrow as pa

_GENDERS = np.array(["female", "male", ""], dtype=object)
_TAGS = np.array([interest.tag for interest in INTERESTS], dtype=object)


def numbered(prefix: str, count: int, *, least: int = 3) -> NDArray[np.object_]:
    """Ids P001..Pnnn, zero-padded so that their text order is their number order: object (count,) of str."""
    width = max(least, len(str(count)))
    return np.array([f"{prefix}{number:0{width}d}" for number in range(1, count + 1)], dtype=object)


def person_ids(world: World) -> NDArray[np.object_]:
    """External ids of all people: U... for users (KOLs among them too), K... for KOLs who are not users."""
    users = world.people.users
    return np.concatenate([numbered("U", users, least=5), numbered("K", len(world.people) - users, least=4)])


def item_ids(catalogue: Catalogue) -> NDArray[np.object_]:
    """External ids of the items of one type."""
    return numbered(catalogue.kind[0].upper(), len(catalogue), least=4 if catalogue.kind == "product" else 3)


def _people_columns(world: World) -> dict[str, NDArray[np.object_]]:
    """Name, gender, age band and city of everybody; cities and ages lean on the community."""
    people, seed = world.people, world.seed
    rng = stream(seed, "attributes")
    count = len(people)
    communities = len(world.market.shares)
    gender = draw_columns(np.array([[0.44, 0.49, 0.07]]), np.zeros(count, dtype=np.int64), rng)
    weights = names.CITY_WEIGHTS / names.CITY_WEIGHTS.sum()
    cities = np.concatenate([rng.dirichlet(8.0 * weights + 0.05, communities), weights[None]])
    ages = np.concatenate([rng.dirichlet([2.0, 5.0, 4.0, 2.0, 0.8, 0.3], communities), np.full((1, 6), 1 / 6)])
    return {
        "name": names.person_names(count, genders=gender, seed=seed),
        "gender": _GENDERS[gender],
        "age_band": np.array(names.AGE_BANDS, dtype=object)[draw_columns(ages, people.community, rng)],
        "city": np.array(names.CITIES, dtype=object)[draw_columns(cities, people.community, rng)],
    }


def _joined_tags(interests: NDArray[np.int64], keep: NDArray[np.bool_]) -> list[str]:
    """Tags of each row joined by |, in order of drawing, without repeats."""
    words = _TAGS[interests]
    return ["|".join(dict.fromkeys(row[mask])) for row, mask in zip(words, keep, strict=True)]


def user_table(world: World) -> pa.Table:
    """Rows of users.csv."""
    import pyarrow as pa

    people, count = world.people, world.people.users
    rng = stream(world.seed, "user tags")
    columns = {name: values[:count] for name, values in _people_columns(world).items()}
    drawn = np.stack([draw_columns(people.taste, np.arange(count), rng) for _ in range(3)], axis=1)
    off = rng.random(drawn.shape) < 0.25
    drawn[off] = rng.integers(0, len(INTERESTS), int(off.sum()))
    keep = (np.arange(3) <= rng.integers(0, 3, count)[:, None]) & (rng.random(count) < 0.6)[:, None]
    return pa.table(
        {
            "user_id": pa.array(person_ids(world)[:count], pa.string()),
            **{name: pa.array(values, pa.string()) for name, values in columns.items()},
            "tags": pa.array(_joined_tags(drawn, keep), pa.string()),
            "signup": pa.array((people.signup + 8 * 3600).astype("datetime64[s]").astype("datetime64[D]")),
        }
    )


def kol_table(world: World) -> pa.Table:
    """Rows of kols.csv; a KOL who is a user keeps the user's name and city."""
    import pyarrow as pa

    kols, seed = world.people.kols, world.seed
    rng = stream(seed, "kol tags")
    everybody = _people_columns(world)
    stage = names.kol_names(len(kols.person), interests=kols.interest, seed=seed)
    inside = kols.person < world.people.users
    second = draw_columns(world.market.interests, world.people.community[kols.person], rng)
    interests = np.stack([kols.interest, second], axis=1)
    return pa.table(
        {
            "kol_id": pa.array(person_ids(world)[kols.person], pa.string()),
            "name": pa.array(np.where(inside, everybody["name"][kols.person], stage), pa.string()),
            "city": pa.array(everybody["city"][kols.person], pa.string()),
            "platform": pa.array(np.array(names.PLATFORMS, dtype=object)[kols.platform], pa.string()),
            "followers": pa.array(kols.followers),
            "cost": pa.array(kols.cost.astype(np.int64)),
            "tags": pa.array(_joined_tags(interests, np.ones(interests.shape, dtype=bool)), pa.string()),
        }
    )


def item_prices(catalogue: Catalogue, seed: int) -> Floats:
    """List prices in yuan: float64 (n,); topics cost nothing."""
    rng = stream(seed, f"prices {catalogue.kind}")
    count = len(catalogue)
    if catalogue.kind == "vehicle":
        prices: Floats = np.round(np.exp(np.log(205_000) + 0.42 * rng.standard_normal(count)), -2)
        return prices
    base = np.array([interest.price for interest in INTERESTS])[catalogue.interest]
    return np.maximum(9.9, np.round(base * np.exp(0.55 * rng.standard_normal(count))) - 0.1)


def _brands(catalogue: Catalogue, count: int, rng: np.random.Generator) -> Ints:
    """Brands lean towards the item's home community, as brand followings do."""
    home = np.where(catalogue.home.any(axis=0), catalogue.home.argmax(axis=0), -1)
    favourite = rng.integers(0, count, (len(catalogue.home), 2))
    brand = rng.integers(0, count, len(catalogue))
    loyal = (home >= 0) & (rng.random(len(catalogue)) < 0.6)
    brand[loyal] = favourite[home[loyal], rng.integers(0, 2, int(loyal.sum()))]
    return brand


def product_table(world: World) -> pa.Table:
    """Rows of products.csv."""
    import pyarrow as pa

    catalogue = world.market.product
    rng = stream(world.seed, "product names")
    brand = np.array(names.GOODS_BRANDS, dtype=object)[_brands(catalogue, len(names.GOODS_BRANDS), rng)]
    adjective = rng.integers(0, len(names.ADJECTIVES), len(catalogue))
    suffix = rng.integers(0, len(names.SUFFIXES), len(catalogue))
    goods = rng.random(len(catalogue))
    title = []
    for number, interest in enumerate(catalogue.interest):
        noun = INTERESTS[interest].goods[int(goods[number] * len(INTERESTS[interest].goods))]
        title.append(f"{brand[number]} {names.ADJECTIVES[adjective[number]]}{noun}{names.SUFFIXES[suffix[number]]}")
    return pa.table(
        {
            "product_id": pa.array(item_ids(catalogue), pa.string()),
            "name": pa.array(title, pa.string()),
            "brand": pa.array(brand, pa.string()),
            "category": pa.array(_TAGS[catalogue.interest], pa.string()),
            "price": pa.array(item_prices(catalogue, world.seed)),
        }
    )


def vehicle_table(world: World) -> pa.Table:
    """Rows of vehicles.csv."""
    import pyarrow as pa

    catalogue = world.market.vehicle
    rng = stream(world.seed, "vehicle names")
    count = len(catalogue)
    brand = np.array(names.CAR_BRANDS, dtype=object)[_brands(catalogue, len(names.CAR_BRANDS), rng)]
    price = item_prices(catalogue, world.seed)
    energy = draw_columns(np.array([[0.58, 0.18, 0.18, 0.06]]), np.zeros(count, dtype=np.int64), rng)
    body = draw_columns(np.array([[0.48, 0.3, 0.1, 0.12]]), np.zeros(count, dtype=np.int64), rng)
    letter, tens = rng.integers(0, len(names.CAR_LETTERS), count), rng.integers(1, 10, count)
    seen: dict[str, int] = {}
    models = []
    for number in range(count):
        model = f"{names.CAR_LETTERS[letter[number]]}{tens[number]}"
        again = seen[brand[number] + model] = seen.get(brand[number] + model, 0) + 1
        models.append(model if again == 1 else f"{model} {2023 + again}款")
    return pa.table(
        {
            "vehicle_id": pa.array(item_ids(catalogue), pa.string()),
            "name": pa.array([f"{b} {m}" for b, m in zip(brand, models, strict=True)], pa.string()),
            "model": pa.array(models, pa.string()),
            "brand": pa.array(brand, pa.string()),
            "price_band": pa.array([names.PRICE_BANDS[i] for i in np.searchsorted(names.PRICE_EDGES, price, "right")]),
            "energy_type": pa.array([names.ENERGY_TYPES[i] for i in energy]),
            "body": pa.array([names.BODIES[i] for i in body]),
            "price": pa.array(price.astype(np.int64)),
        }
    )


def topic_table(world: World) -> pa.Table:
    """Rows of topics.csv: an interest and an aspect of it."""
    import pyarrow as pa

    catalogue = world.market.topic
    seen: dict[int, int] = {}
    title = []
    for interest in catalogue.interest.tolist():
        turn = seen[interest] = seen.get(interest, 0) + 1
        aspect = names.ASPECTS[(turn - 1) % len(names.ASPECTS)]
        again = (turn - 1) // len(names.ASPECTS)
        title.append(f"{INTERESTS[interest].tag} {aspect}" + (f" {again + 1}" if again else ""))
    return pa.table({"topic_id": pa.array(item_ids(catalogue), pa.string()), "name": pa.array(title, pa.string())})
