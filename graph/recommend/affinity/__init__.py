"""Affinity: the calibrated probability that each person takes an item in the coming period."""
