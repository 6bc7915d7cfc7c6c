"""The car-rental market.

Beside what every truth holds, this one has ``groups`` (the kind of each community: leisure or business) and
``calendars`` (one for each kind) in its summary, and among ``further``:

- ``community_group``: int64 (C,), position of each community's kind;
- ``rental_business``: bool, whether each row of rentals.csv is of a person of a business community.
"""
