"""Influence maximisation: whom to seed so that word of mouth reaches most people, and which KOLs are worth their price.

::

    learning/   ties and reactions to activation probabilities; fake accounts; accounts whose data was not exported
    diffusion   the independent-cascade model that learning produces; cascade simulates it
    sampling/   reverse-reachable sets, greedy coverage, and when enough sets are drawn
    seeds       choosing seeds under a number and a budget; baselines for comparison
    kols/       ranking of KOLs, their cards, overlap of audiences

Importing this package loads NumPy only; compiled kernels are imported when first needed.
"""
