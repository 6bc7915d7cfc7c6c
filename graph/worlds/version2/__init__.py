"""Version 2 of the worlds: prices and audiences on one basis, fraud, and contagion by taste that tires.

All numbers are in ``settings``; docs/worlds.md has their sources.
"""
