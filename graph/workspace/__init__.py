"""The folder of a market: settings, store, snapshots, results by kind, and who must be left out of results."""
