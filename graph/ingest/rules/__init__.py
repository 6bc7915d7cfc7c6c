"""Quality rules for the content of files, declared in the mapping; rules report and never change a record."""
