"""From files to a snapshot: make a workspace, load its files, publish what the store holds."""
