"""A synthetic market as files: tables, columns, names and texts."""
