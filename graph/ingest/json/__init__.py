"""JSON to records: arrays of objects, and one object a line."""
