"""Training of link predictors between people; ``graph.recommend.links`` serves them without torch."""
