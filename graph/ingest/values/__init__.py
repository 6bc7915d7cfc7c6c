"""Converts the text of cells to typed values: numbers, money, times, lists, ids."""
