"""Collect what a report shows from the latest results of a workspace."""
