"""Voters: the models whose scores a fusion adds up, one file each.

The name of the file is the kind of the voter; the file declares ``VOTER``. See ``graph.recommend.registry``.
"""
