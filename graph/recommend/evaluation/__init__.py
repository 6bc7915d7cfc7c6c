"""How good a ranking is: metrics, and the comparison of models on held-out pairs."""
