"""Loading into Neo4j: one loader at a time, in chunks, each accounted for in the ledger."""
