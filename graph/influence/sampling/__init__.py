"""Reverse-reachable sets: drawing them, covering them greedily, and deciding when enough are drawn."""
