"""GraphStore: where the market is kept; the embedded default, Neo4j, and the read-only guard."""
