"""Refused records: reasons and hints, the quarantine, correction by hand, and loading them again."""
