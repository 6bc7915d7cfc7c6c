"""Decompresses and decodes files into whole lines of UTF-8."""
