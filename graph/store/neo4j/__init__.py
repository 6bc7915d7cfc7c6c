"""The Neo4j store: a GraphStore in a Neo4j database, which other people and programs can use as well."""
