"""Synthetic markets with known ground truth (communities, tastes, influence, fake followers), from a seed.

>>> from pathlib import Path
>>> from graph.worlds.synth import synthesise   # doctest: +SKIP
>>> synthesise(Path("market"), users=5000, seed=7).oracle_ami   # doctest: +SKIP
"""
