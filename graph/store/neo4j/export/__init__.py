"""Exports the embedded store as files for the import tool of Neo4j."""
