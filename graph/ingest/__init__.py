"""Turns files into batches for a store: decode, scan, convert, reject."""
