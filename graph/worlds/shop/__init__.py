"""The e-commerce market.

In addition to the common truth, its summary has ``refill_days`` (per category; 0 for durable goods) and ``calendars``,
and ``further`` has:

- ``companion``: int64 (n,), the companion product of each product, -1 for none;
- ``line_returned``: bool, whether each row of orders.csv was returned within the window.
"""
