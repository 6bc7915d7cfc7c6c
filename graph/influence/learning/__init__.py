"""Learns activation probabilities from ties and reactions."""
