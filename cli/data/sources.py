"""What the texts of options mean: moments, and shares of records."""

from __future__ import annotations

from cli.session import clock


def moment(text: str | None, zone: str) -> int:
    """A date or a date and time in the zone as UTC seconds; the clock where there is none.

    Raises:
        ConfigError: the text is neither.
    """
    from graph.errors import ConfigError

    if text is None:
        return clock()
    from graph.zones import seconds_of_iso

    try:
        return seconds_of_iso(text, zone)
    except ValueError:
        raise ConfigError(f"{text!r} is not a date", hint="write 2026-06-30 or 2026-06-30T12:00:00") from None


def share_of(text: str, example: str) -> float:
    """A share such as 1% or 0.01.

    Raises:
        ConfigError: the text is none.
    """
    from decimal import Decimal, InvalidOperation

    from graph.errors import ConfigError

    try:
        # Decimal arithmetic, since the float 0.7 / 100 differs from 7 / 1000.
        share = float(Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1))
    except InvalidOperation:
        share = -1.0
    # 1 without % is refused: it could mean 1% or everything.
    if not 0.0 <= share <= 1.0 or (share == 1.0 and not text.endswith("%")):
        raise ConfigError(f"{text!r} is not a share of the records", hint=f"write it like {example}")
    return share
