"""Patterns (in lower case) of the procedures, and of the functions with a dot in their names, that queries may call."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

# fmt: off
PROCEDURES = ("db.labels", "db.relationshiptypes", "db.propertykeys", "db.schema.visualization",
              "db.schema.nodetypeproperties", "db.schema.reltypeproperties")
# Built into Cypher.
FUNCTIONS = (*(f"{kind}.{name}" for kind in ("date", "datetime", "localdatetime", "time", "localtime")
               for name in ("truncate", "realtime", "statement", "transaction")),
             "datetime.fromepoch*", "duration.between", "duration.in*", "point.distance", "point.withinbbox",
             "vector.similarity.*")
# Plugin procedures and functions that a setting can allow: they read the graph, and access neither files nor the
# network, nor run other Cypher.
_OPENABLE = (
    *(f"apoc.{name}.*" for name in (
        "agg", "algo", "any", "bitwise", "coll", "convert", "data", "date", "hashing", "json", "label", "map", "math",
        "neighbors", "node", "nodes", "number", "path", "rel", "scoring", "stats", "temporal", "text")),
    "apoc.version", "gds.*.stream", "gds.*.stats", "gds.*.estimate", "gds.graph.list", "gds.graph.exists",
    "gds.graph.project", "gds.list", "gds.similarity.*", "gds.util.*", "gds.version",
)
# Never allowed: these write, run other Cypher, or drop or export graphs that others have projected.
_NEVER = ("apoc.*load*", "apoc.nodes.delete", "apoc.nodes.link", "apoc.nodes.collapse", "gds.*cypher*", "gds.*write*",
          "gds.*mutate*", "gds.*export*", "gds.*drop*", "gds.*train*", "gds.util.*sleep*")
# fmt: on


def may_call(name: str, own: Iterable[str], opened: Iterable[str]) -> bool:
    """Whether a query may call this procedure or function.

    Args:
        name: Its name.
        own: Patterns that are always allowed.
        opened: Patterns that the setting allows, such as ``gds.*.stream``.
    """

    def among(patterns: Iterable[str]) -> bool:
        return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)

    return among(own) or (among(opened) and among(_OPENABLE) and not among(_NEVER))
