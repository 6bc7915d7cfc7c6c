"""The embedded store: one DuckDB file is the truth, a Cypher index is rebuilt from it."""
