"""The market as one heterogeneous graph and all analyses of it that need neither torch nor a terminal."""
