"""The e-commerce market.

Beside what every truth holds, this one has ``refill_days`` (of each category, 0 where nothing is used up) and
``calendars`` in its summary, and among ``further``:

- ``companion``: int64 (n,), the product that goes with each product, -1 for none;
- ``line_returned``: bool, whether each row of orders.csv came back within the window.
"""
