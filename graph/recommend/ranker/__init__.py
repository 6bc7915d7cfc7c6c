"""The second stage: a learned ranker orders the candidates that the voters propose."""
