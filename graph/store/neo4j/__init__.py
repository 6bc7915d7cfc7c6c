"""The Neo4j store: the same market in a database that other people and programs look at too."""
