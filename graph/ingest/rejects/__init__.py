"""Refused records: why, where they are kept, how they are put right and tried again."""
