"""Authenticity: how likely each account was bought as a follower or belongs to an engagement pod, and why.

``verdict.judge`` gives the verdicts, ``audiences.suspected_shares`` sums them up over the followers of each KOL.
"""
