"""Files to batches: count, decode, parse, type, reject, de-duplicate."""
