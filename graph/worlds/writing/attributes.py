"""Attributes of people and topics (names, cities, tags, brands) as Arrow tables in the column order of the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.worlds.stages.catalogue import Catalogue
from graph.worlds.stages.draws import Floats, Ints, draw_columns, stream
from graph.worlds.world import World
from graph.worlds.writing import names
from graph.worlds.writing.tables import FileSpec

if TYPE_CHECKING:
    import pyarrow as pa

USER_FILE = FileSpec(
    "users.csv", ("user_id", "name", "gender", "age_band", "city", "tags", "signup"), node="Person", roles=("User",)
)
KOL_FILE = FileSpec(
    "kols.csv", ("kol_id", "name", "city", "platform", "followers", "cost", "tags"), node="Person", roles=("KOL",)
)
_GENDERS = np.array(["female", "male", ""], dtype=object)


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


def people_columns(world: World) -> dict[str, NDArray[np.object_]]:
    """Name, gender, age band and city of everybody; cities and ages depend on the community."""
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


def _joined_tags(tags: np.ndarray, interests: NDArray[np.int64], keep: NDArray[np.bool_]) -> list[str]:
    """Tags of each row joined by |, in order of drawing, without repeats."""
    words = tags[interests]
    return ["|".join(dict.fromkeys(row[mask])) for row, mask in zip(words, keep, strict=True)]


def user_table(world: World) -> pa.Table:
    """Rows of users.csv."""
    import pyarrow as pa

    people, count = world.people, world.people.users
    rng = stream(world.seed, "user tags")
    columns = {name: values[:count] for name, values in people_columns(world).items()}
    drawn = np.stack([draw_columns(people.taste, np.arange(count), rng) for _ in range(3)], axis=1)
    off = rng.random(drawn.shape) < 0.25
    drawn[off] = rng.integers(0, len(world.shape.interests), int(off.sum()))
    keep = (np.arange(3) <= rng.integers(0, 3, count)[:, None]) & (rng.random(count) < 0.6)[:, None]
    return pa.table(
        {
            "user_id": pa.array(person_ids(world)[:count], pa.string()),
            **{name: pa.array(values, pa.string()) for name, values in columns.items()},
            "tags": pa.array(_joined_tags(world.shape.tags, drawn, keep), pa.string()),
            "signup": pa.array((people.signup + 8 * 3600).astype("datetime64[s]").astype("datetime64[D]")),
        }
    )


def kol_table(world: World) -> pa.Table:
    """Rows of kols.csv; a KOL who is a user keeps the user's name and city."""
    import pyarrow as pa

    kols, seed = world.people.kols, world.seed
    rng = stream(seed, "kol tags")
    everybody = people_columns(world)
    shape = world.shape
    stage = names.kol_names(
        len(kols.person),
        tags=tuple(shape.tags),
        interests=kols.interest,
        styles=shape.kol_styles,
        english=shape.kol_english,
        seed=seed,
    )
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
            "tags": pa.array(
                _joined_tags(world.shape.tags, interests, np.ones(interests.shape, dtype=bool)), pa.string()
            ),
        }
    )


def brands_by_home(catalogue: Catalogue, count: int, rng: np.random.Generator) -> Ints:
    """Draw brands that depend on the item's home community."""
    home = np.where(catalogue.home.any(axis=0), catalogue.home.argmax(axis=0), -1)
    favourite = rng.integers(0, count, (len(catalogue.home), 2))
    brand = rng.integers(0, count, len(catalogue))
    loyal = (home >= 0) & (rng.random(len(catalogue)) < 0.6)
    brand[loyal] = favourite[home[loyal], rng.integers(0, 2, int(loyal.sum()))]
    return brand


def product_table(
    world: World, prices: Floats, *, brands: tuple[str, ...], adjectives: tuple[str, ...], suffixes: tuple[str, ...]
) -> pa.Table:
    """Rows of products.csv: a name of brand, adjective, goods and suffix, and the interest as the category."""
    import pyarrow as pa

    catalogue = world.market.of("product")
    rng = stream(world.seed, "product names")
    brand = np.array(brands, dtype=object)[brands_by_home(catalogue, len(brands), rng)]
    adjective = rng.integers(0, len(adjectives), len(catalogue))
    suffix = rng.integers(0, len(suffixes), len(catalogue))
    goods = rng.random(len(catalogue))
    title = []
    for number, interest in enumerate(catalogue.interest):
        sold = world.shape.interests[interest].goods
        noun = sold[int(goods[number] * len(sold))]
        title.append(f"{brand[number]} {adjectives[adjective[number]]}{noun}{suffixes[suffix[number]]}")
    return pa.table(
        {
            "product_id": pa.array(item_ids(catalogue), pa.string()),
            "name": pa.array(title, pa.string()),
            "brand": pa.array(brand, pa.string()),
            "category": pa.array(world.shape.tags[catalogue.interest], pa.string()),
            "price": pa.array(prices),
        }
    )


def topic_table(world: World, aspects: tuple[str, ...]) -> pa.Table:
    """Rows of topics.csv: an interest and an aspect of it."""
    import pyarrow as pa

    tags = world.shape.tags
    catalogue = world.market.of("topic")
    seen: dict[int, int] = {}
    title = []
    for interest in catalogue.interest.tolist():
        turn = seen[interest] = seen.get(interest, 0) + 1
        aspect = aspects[(turn - 1) % len(aspects)]
        again = (turn - 1) // len(aspects)
        title.append(f"{tags[interest]} {aspect}" + (f" {again + 1}" if again else ""))
    return pa.table({"topic_id": pa.array(item_ids(catalogue), pa.string()), "name": pa.array(title, pa.string())})
