"""What a file holds and how it is written: the mapping file, its proposal, and the dialect of a source."""
