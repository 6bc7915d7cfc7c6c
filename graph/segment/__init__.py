"""Segments: groups of people who behave alike and know each other, found over the whole typed graph.

``detect`` runs these steps::

    aggregate (adjacency)     events to weighted person-item and person-person pairs
    communities (leiden)      communities of the typed graph
    fit_mixture (mixture)     assign everybody, also people with little data
    measure, judge (reliability)   are there segments at all? by held-out pairs and resamples
    make_cards (make_cards)   what distinguishes each segment

An *item* is any node that is not a person (product, vehicle, topic, channel). A *tie* is an edge between two people.
Importing this package loads NumPy only, and reading a saved segmentation needs nothing else.
"""

from graph.segment.segmentation import Quality, Segmentation, SegmentConfig

__all__ = ["Quality", "SegmentConfig", "Segmentation"]
