"""Limits: the range of numbers that a column accepts, such as a price of at least 0."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Smallest and largest number that a column accepts, both included; None for no limit.

    >>> str(Limits(0)), str(Limits(1, 5)), str(Limits(maximum=0.5)), bool(Limits())
    ('at least 0', 'from 1 to 5', 'at most 0.5', False)
    """

    minimum: float | None = None
    maximum: float | None = None

    def __bool__(self) -> bool:
        """Whether there is a lower or an upper limit."""
        return self.minimum is not None or self.maximum is not None

    def __str__(self) -> str:
        """The limits as words for a message; empty where there are none."""
        if self.minimum is not None and self.maximum is not None:
            return f"from {self.minimum:g} to {self.maximum:g}"
        if self.minimum is not None:
            return f"at least {self.minimum:g}"
        return "" if self.maximum is None else f"at most {self.maximum:g}"


ANY_NUMBER = Limits()
NOT_NEGATIVE = Limits(0)
