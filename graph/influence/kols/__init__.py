"""KOLs (key opinion leaders): ranking, cards, and overlap of their audiences."""
