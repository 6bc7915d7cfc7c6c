"""The hand-made market as CSV files and a mapping."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from tests.queries.questions.market import CAMPAIGNS, CHANNELS, EVENTS, PEOPLE, PRODUCTS, TOPICS, VEHICLES, Event

_PERSON_COLUMNS = ("name", "gender", "age_band", "city", "tags")
_KOL_COLUMNS = (*_PERSON_COLUMNS, "platform", "followers", "cost")
_VEHICLE_COLUMNS = ("name", "model", "brand", "price_band", "energy_type", "body", "price")
_EXTRA_COLUMNS = {
    "INTERACTED": ("kind",),
    "RATED": ("helpfulness",),
    "EXPOSED_TO": ("channel",),
    "CLICKED": ("channel",),
    "CONVERTED": ("channel",),
}


def write(folder: Path) -> None:
    """Write the market as CSV files and a mapping.toml into the folder, which is made where it is missing.

    Times carry the offset Z, missing values are empty cells, and tags are separated by a bar. A person who is both a
    user and a KOL stands in both files of people.
    """
    folder.mkdir(parents=True, exist_ok=True)
    users = [p for p in PEOPLE if "User" in p.roles]
    kols = [p for p in PEOPLE if "KOL" in p.roles]
    mapping = [
        _nodes(folder, "用户.csv", "Person", users, _PERSON_COLUMNS, role="User"),
        _nodes(folder, "达人.csv", "Person", kols, _KOL_COLUMNS, role="KOL"),
        _nodes(folder, "商品.csv", "Product", PRODUCTS, ("name", "brand", "category", "price")),
        _nodes(folder, "车型.csv", "Vehicle", VEHICLES, _VEHICLE_COLUMNS),
        _nodes(folder, "话题.csv", "Topic", TOPICS, ("name",)),
        _nodes(folder, "活动.csv", "Campaign", CAMPAIGNS, ("name", "budget")),
        _nodes(folder, "渠道.csv", "Channel", CHANNELS, ("name", "kind")),
        *(_edges(folder, relation, target, events) for (relation, target), events in EVENTS.items()),
    ]
    (folder / "mapping.toml").write_text("\n".join(mapping), encoding="utf-8")


def _nodes(
    folder: Path, name: str, node: str, rows: Iterable[object], columns: Sequence[str], *, role: str = ""
) -> str:
    """Write one file of nodes, and give its entry of the mapping."""
    _table(folder / name, ("id", *columns), rows)
    entry = f'[[files]]\npath = "{name}"\nnode = "{node}"\nid = "id"\n'
    if role:
        entry += f'roles = ["{role}"]\nlist_separator = "|"\n'
    return entry + _columns(columns)


def _edges(folder: Path, relation: str, target: str, events: Sequence[Event]) -> str:
    """Write one file of events, and give its entry of the mapping; columns that no event fills are left out."""
    name = f"{relation.lower()}_{target.lower()}.csv"
    given = [c for c in ("time", "weight") if any(getattr(e, c) is not None for e in events)]
    extra = [c for c in _EXTRA_COLUMNS.get(relation, ()) if any(getattr(e, c) is not None for e in events)]
    _table(folder / name, ("source", "target", *given, *extra), events)
    entry = f'[[files]]\npath = "{name}"\nedge = "Person-{relation}-{target}"\nsource = "source"\ntarget = "target"\n'
    entry += "".join(f'{c} = "{c}"\n' for c in given)
    return entry + (_columns(extra) if extra else "")


def _columns(columns: Sequence[str]) -> str:
    return "columns = { " + ", ".join(f'{c} = "{c}"' for c in columns) + " }\n"


def _table(path: Path, columns: Sequence[str], rows: Iterable[object]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(columns)
        table.writerows([_cell(getattr(row, column)) for column in columns] for row in rows)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case tuple():
            return "|".join(str(item) for item in value)
        case _:
            return str(value)
