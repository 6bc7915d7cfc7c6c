"""Quality rules: what a file promises of its content, declared in the mapping; rules read and never change a record."""
