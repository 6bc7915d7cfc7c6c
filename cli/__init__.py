"""The graphvine command: settings, one library call, and what comes out of it."""
