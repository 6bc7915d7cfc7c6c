"""Which file of a world holds what: one list that the writer, the mapping file and the tests share."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One CSV file of a world.

    Attributes:
        path: File name.
        columns: Header, in order.
        node: Node type, for a file of nodes; its first column is the id and the others are attributes of that name.
        roles: Roles of those nodes.
        edge: Edge type, written source-RELATION-target, for a file of edges.
        source, target: Columns of the two ends.
        time: Column of the time in UTC seconds, or empty.
        weight: Column of the weight or amount, or empty.
        event_id: Column of the event id, or empty where it is derived.
    """

    path: str
    columns: tuple[str, ...]
    node: str = ""
    roles: tuple[str, ...] = ()
    edge: str = ""
    source: str = ""
    target: str = ""
    time: str = ""
    weight: str = ""
    event_id: str = ""

    @property
    def name(self) -> str:
        """File name without its ending."""
        return self.path.removesuffix(".csv")


def _events(name: str, edge: str, *columns: str, weight: str = "", event_id: str = "") -> FileSpec:
    target = edge.rsplit("-", 1)[1].lower() + "_id"
    own = (event_id,) if event_id else ()
    header = (*own, "user_id", target, *columns, "ts")
    return FileSpec(
        f"{name}.csv",
        header,
        edge=edge,
        source="user_id",
        target=target,
        time="ts",
        weight=weight,
        event_id=event_id,
    )


FILES: tuple[FileSpec, ...] = (
    FileSpec(
        "users.csv", ("user_id", "name", "gender", "age_band", "city", "tags", "signup"), node="Person", roles=("User",)
    ),
    FileSpec(
        "kols.csv", ("kol_id", "name", "city", "platform", "followers", "cost", "tags"), node="Person", roles=("KOL",)
    ),
    FileSpec("products.csv", ("product_id", "name", "brand", "category", "price"), node="Product"),
    FileSpec(
        "vehicles.csv",
        ("vehicle_id", "name", "model", "brand", "price_band", "energy_type", "body", "price"),
        node="Vehicle",
    ),
    FileSpec("topics.csv", ("topic_id", "name"), node="Topic"),
    _events("viewed_product", "Person-VIEWED-Product", "seconds", weight="seconds"),
    _events("viewed_vehicle", "Person-VIEWED-Vehicle", "seconds", weight="seconds"),
    _events("searched_topic", "Person-SEARCHED-Topic", "times", weight="times"),
    _events("favourited_vehicle", "Person-FAVOURITED-Vehicle"),
    _events("bought_product", "Person-BOUGHT-Product", "amount", weight="amount", event_id="order_id"),
    _events("test_drove_vehicle", "Person-TEST_DROVE-Vehicle", "minutes", weight="minutes"),
    _events("bought_vehicle", "Person-BOUGHT-Vehicle", "amount", weight="amount", event_id="order_id"),
    FileSpec(
        "follows.csv",
        ("user_id", "followed_id", "ts"),
        edge="Person-FOLLOWS-Person",
        source="user_id",
        target="followed_id",
        time="ts",
    ),
    FileSpec(
        "interacted.csv",
        ("actor_id", "target_id", "kind", "ts"),
        edge="Person-INTERACTED-Person",
        source="actor_id",
        target="target_id",
        time="ts",
    ),
    FileSpec(
        "promotes_vehicle.csv",
        ("kol_id", "vehicle_id", "fee", "ts"),
        edge="Person-PROMOTES-Vehicle",
        source="kol_id",
        target="vehicle_id",
        time="ts",
        weight="fee",
    ),
    FileSpec(
        "mentions_topic.csv",
        ("kol_id", "topic_id", "ts"),
        edge="Person-MENTIONS-Topic",
        source="kol_id",
        target="topic_id",
        time="ts",
    ),
)


def mapping_toml() -> str:
    """The mapping file that loads a world: every file above, and nothing of its truth."""
    head = [
        "# How graphvine reads this market. Times in the event files are UTC seconds; signup is a local date.",
        'time_zone = "Asia/Shanghai"',
    ]
    return "\n".join(head) + "\n" + "".join(_entry(spec) for spec in FILES)


def _entry(spec: FileSpec) -> str:
    lines = ["", "[[files]]", f'path = "{spec.path}"']
    if spec.node:
        lines.append(f'node = "{spec.node}"')
        if spec.roles:
            lines.append(f"roles = {json.dumps(spec.roles)}")
        lines.append(f'id = "{spec.columns[0]}"')
        attributes = spec.columns[1:]
    else:
        lines += [f'edge = "{spec.edge}"', f'source = "{spec.source}"', f'target = "{spec.target}"']
        lines += [f'time = "{spec.time}"', 'time_unit = "s"']
        lines += [f'weight = "{spec.weight}"'] if spec.weight else []
        lines += [f'event_id = "{spec.event_id}"'] if spec.event_id else []
        used = {spec.source, spec.target, spec.time, spec.weight, spec.event_id}
        attributes = tuple(column for column in spec.columns if column not in used)
    if attributes:
        lines.append("columns = { " + ", ".join(f'{name} = "{name}"' for name in attributes) + " }")
    return "\n".join(lines) + "\n"
