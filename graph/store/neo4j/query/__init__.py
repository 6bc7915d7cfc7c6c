"""Queries on Neo4j: checked, read-only, capped and ended in time."""
