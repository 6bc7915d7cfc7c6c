"""The ground truth of a synthetic market and an oracle that knows it."""
