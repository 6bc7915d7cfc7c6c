"""The car-rental market.

In addition to the common truth, its summary has ``groups`` (leisure or business, per community) and ``calendars`` (one
per group), and ``further`` has:

- ``community_group``: int64 (C,), group of each community;
- ``rental_business``: bool, for each row of rentals.csv, whether the person is in a business community.
"""
