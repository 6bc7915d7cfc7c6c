"""Node types, edge types, their columns and sensitivity, and what each relation means.

A user extends the market schema with a TOML file::

    [nodes.Store]
    columns = { city = "text", rent = "money", tags = "list", size = { type = "text", values = ["S", "L"] },
                staff = { type = "integer", minimum = 0, maximum = 500 } }

    [[edges]]
    relation = "VISITED"
    source = "Person"
    target = "Store"
    role = "acquire"                       # what kind of relation it is; see ``graph.schema.roles``
    weight = "amount spent"
    currency = "CNY"                       # the weight is an amount of money
    minimum = 0                            # which is never negative
"""

from graph.schema.market import MARKET
from graph.schema.toml_file import extend_schema
from graph.schema.types import PERSON, Column, ColumnType, EdgeKey, EdgeType, Schema

__all__ = ["MARKET", "PERSON", "Column", "ColumnType", "EdgeKey", "EdgeType", "Schema", "extend_schema"]
