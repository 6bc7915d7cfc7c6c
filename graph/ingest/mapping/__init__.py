"""The mapping file, its proposal for a folder of files, and the dialect in which a file is written."""
