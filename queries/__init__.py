"""Named queries on the market graph, one .cypher file each; the same text runs on both stores."""

from queries.library import Column, Parameter, Query, QueryError, bind, load, names, parse

__all__ = ["Column", "Parameter", "Query", "QueryError", "bind", "load", "names", "parse"]
