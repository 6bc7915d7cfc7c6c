"""The planted contagion of the worlds of version 2: a simulator of what a campaign adds, and the best plan under it.

>>> from pathlib import Path
>>> from graph.worlds.contagion.additional import planted_additional_adoptions
>>> from graph.worlds.contagion.market import read_planted_market
>>> market = read_planted_market(Path("market"))   # doctest: +SKIP
>>> planted_additional_adoptions(market, ["K0003"], "V007", horizon=90, draws=2000, rng=1).mean   # doctest: +SKIP
"""
