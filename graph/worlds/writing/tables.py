"""Which file of a world holds what: what the writer, the mapping file, the truth and the tests share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One CSV file of a world.

    Attributes:
        path: File name.
        columns: Fields, in order; the header too, unless ``headers`` says otherwise. A field that is no end, time,
            weight or event id is an attribute of that name in the schema.
        node: Node type, for a file of nodes; its first field is the id.
        roles: Roles of those nodes.
        edge: Edge type, written source-RELATION-target, for a file of edges.
        source, target: Fields of the two ends.
        time: Field of the time, or empty.
        weight: Field of the weight or amount, or empty.
        event_id: Field of the event id, or empty where it is derived.
        clock: Times are epoch seconds (``s``), or local date and time (``text``).
        headers: Header in the file, field by field, where it differs.
        ignore: Fields that the graph has no place for.
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
    clock: Literal["s", "text"] = "s"
    headers: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """File name without its ending."""
        return self.path.removesuffix(".csv")

    @property
    def header(self) -> tuple[str, ...]:
        """The header as written."""
        return self.headers or self.columns

    def head(self, field: str) -> str:
        """The header of one field; empty for an empty name."""
        return self.header[self.columns.index(field)] if field else ""


def event_spec(
    name: str,
    edge: str,
    *columns: str,
    weight: str = "",
    event_id: str = "",
    clock: Literal["s", "text"] = "s",
    ignore: tuple[str, ...] = (),
) -> FileSpec:
    """A file of dated events of users: the id of the event if it has one, the ends, further fields, the time."""
    ends = ("user_id", edge.rsplit("-", 1)[1].lower() + "_id")
    return edge_spec(name, edge, ends, *columns, weight=weight, event_id=event_id, clock=clock, ignore=ignore)


def edge_spec(
    name: str,
    edge: str,
    ends: tuple[str, str],
    *columns: str,
    weight: str = "",
    event_id: str = "",
    clock: Literal["s", "text"] = "text",
    ignore: tuple[str, ...] = (),
) -> FileSpec:
    """A file of dated edges: the id of the event if it has one, the fields of the ends, further fields, the time."""
    source, target = ends
    return FileSpec(
        f"{name}.csv",
        (*((event_id,) if event_id else ()), source, target, *columns, "ts"),
        edge=edge,
        source=source,
        target=target,
        time="ts",
        weight=weight,
        event_id=event_id,
        clock=clock,
        ignore=ignore,
    )


def social_files(promotes: str, promoted: str, *, clock: Literal["s", "text"]) -> tuple[FileSpec, ...]:
    """The files of ties, of reactions, and of what KOLs publish.

    Args:
        promotes: Name of the file of promotions.
        promoted: Item type that KOLs promote.
        clock: How times are written.
    """
    item = f"{promoted}_id"
    return (
        edge_spec("follows", "Person-FOLLOWS-Person", ("user_id", "followed_id"), clock=clock),
        edge_spec("interacted", "Person-INTERACTED-Person", ("actor_id", "target_id"), "kind", clock=clock),
        edge_spec(promotes, f"Person-PROMOTES-{promoted.title()}", ("kol_id", item), "fee", weight="fee", clock=clock),
        edge_spec("mentions_topic", "Person-MENTIONS-Topic", ("kol_id", "topic_id"), clock=clock),
    )


def mapping_text(files: tuple[FileSpec, ...], head: tuple[str, ...]) -> str:
    """The mapping file that loads a world: every file, and nothing of its truth.

    Args:
        files: The files of the world.
        head: Comment lines about it.
    """
    lines = [*head, 'time_zone = "Asia/Shanghai"']
    return "\n".join(lines) + "\n" + "".join(_entry(spec) for spec in files)


def _entry(spec: FileSpec) -> str:
    lines = ["", "[[files]]", f'path = "{spec.path}"']
    if spec.node:
        lines.append(f'node = "{spec.node}"')
        if spec.roles:
            lines.append(f"roles = {json.dumps(spec.roles)}")
        lines.append(f'id = "{spec.header[0]}"')
        attributes = spec.columns[1:]
    else:
        lines += [f'edge = "{spec.edge}"', f'source = "{spec.head(spec.source)}"']
        lines += [f'target = "{spec.head(spec.target)}"']
        lines += [f'time = "{spec.head(spec.time)}"', f'time_unit = "{spec.clock}"']
        lines += [f'weight = "{spec.head(spec.weight)}"'] if spec.weight else []
        lines += [f'event_id = "{spec.head(spec.event_id)}"'] if spec.event_id else []
        used = {spec.source, spec.target, spec.time, spec.weight, spec.event_id}
        attributes = tuple(column for column in spec.columns if column not in used)
    attributes = tuple(name for name in attributes if name not in spec.ignore)
    if attributes:
        lines.append("columns = { " + ", ".join(f'{name} = "{spec.head(name)}"' for name in attributes) + " }")
    if spec.ignore:
        lines.append(f"ignore = {json.dumps([spec.head(name) for name in spec.ignore], ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
