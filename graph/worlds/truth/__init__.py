"""What was planted in a synthetic market, and how real its files look."""
