"""The embedded store: one DuckDB file with the data, and a Cypher index that can be rebuilt from it at any time."""
