"""Bytes of a file to whole lines of UTF-8: compression, encoding, and repair of damaged lines."""
