"""From who follows and reacts to whom to the probability that one activates another."""
