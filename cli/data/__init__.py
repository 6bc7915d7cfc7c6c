"""graphvine data: check, load, snapshot, synth, rejects, export."""
