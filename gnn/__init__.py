"""What needs torch: training a model of links, whose arrays graph.recommend serves without it."""
