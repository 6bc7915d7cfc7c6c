"""The Cypher shell: statements and commands, typed at a prompt or read from a pipe."""
