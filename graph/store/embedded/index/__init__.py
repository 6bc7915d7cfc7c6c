"""The Cypher index of the embedded store: built from a snapshot with kglite, cached on disk, and queried."""
