"""Links between people: who will follow, react to or refer whom next. ``gnn.links`` trains; this needs no torch."""
