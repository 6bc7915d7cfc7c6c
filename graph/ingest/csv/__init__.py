"""Reads delimited text into records."""
