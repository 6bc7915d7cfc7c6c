"""What to offer to whom, and why: recommenders, their fusion, evaluation, reasons, and saved models."""
