"""Reads JSON into records: arrays of objects, and files of one object a line."""
