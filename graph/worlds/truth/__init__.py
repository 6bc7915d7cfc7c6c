"""The ground truth of a synthetic market, oracles that know it, and measures of how realistic the files are."""
