"""The market as one heterogeneous graph, and everything about it that needs neither torch nor a terminal."""
