"""The Cypher index of the embedded store: filled from a graph, published, and asked."""
