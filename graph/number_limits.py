"""Limits: the numbers that a column accepts, such as a price of at least 0."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the greatest number that a column accepts, both included; None where there is no limit.

    >>> str(Limits(0)), str(Limits(1, 5)), str(Limits(maximum=0.5)), bool(Limits())
    ('at least 0', 'from 1 to 5', 'at most 0.5', False)
    """

    minimum: float | None = None
    maximum: float | None = None

    def __bool__(self) -> bool:
        """Whether there is a limit at all."""
        return self.minimum is not None or self.maximum is not None

    def __str__(self) -> str:
        """As it stands in a sentence; empty where there is none."""
        if self.minimum is not None and self.maximum is not None:
            return f"from {self.minimum:g} to {self.maximum:g}"
        if self.minimum is not None:
            return f"at least {self.minimum:g}"
        return "" if self.maximum is None else f"at most {self.maximum:g}"


ANY_NUMBER = Limits()
NOT_NEGATIVE = Limits(0)
