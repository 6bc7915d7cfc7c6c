"""The engines behind the shell: the embedded index in a process of its own, or a Neo4j server."""
