"""Reverse-reachable sets: how they are drawn, how many are enough, and the seeds that cover most of them."""
