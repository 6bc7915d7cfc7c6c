"""Segments: communities of people over the whole typed graph, checked, profiled and kept.

Importing this package loads NumPy only; reading a saved segmentation needs nothing else.
"""

from graph.segment.segmentation import Quality, Segmentation, SegmentConfig

__all__ = ["Quality", "SegmentConfig", "Segmentation"]
