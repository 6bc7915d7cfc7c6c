"""Queries on Neo4j: checked, read-only, with limits for rows, memory and time."""
