"""Business rules on recommendations: which items, which people, which pairs of both, and what a list may hold.

``Rules`` are what somebody wrote (``rules.py``, read by ``parse.py``); ``Applied`` (``applied.py``) is what they come
to on one graph. Serving calls ``Applied.mask`` on rows of scores and ``Applied.pick`` on ordered candidates, or
``Applied.choose``, which does both.
"""
