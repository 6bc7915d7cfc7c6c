"""Stores of a market: the GraphStore protocol, the embedded store (DuckDB), the Neo4j store, and the query guard.

A new store is a folder here whose class passes the tests of ``tests/contract/store.py``.
"""
