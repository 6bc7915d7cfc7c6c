"""Cells as text to typed values: numbers, money, times, lists, ids."""
