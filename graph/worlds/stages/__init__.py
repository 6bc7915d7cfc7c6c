"""The stages in which a synthetic market is made, from people and items to what they do and what spreads."""
