"""KOLs: their ranking, their cards, and how far their audiences overlap."""
