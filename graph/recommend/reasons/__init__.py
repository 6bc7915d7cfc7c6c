"""Why an item is recommended: a sentence for each row, from edges that are in the graph."""
