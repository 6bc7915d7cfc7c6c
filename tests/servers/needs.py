"""What a machine may lack: a test that needs it skips, and fails where GRAPHVINE_REQUIRE names it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


class MissingError(Exception):
    """A part of the machine, or a download, that a test needs is not there; the text says which."""


def lacking(what: str, reason: str) -> NoReturn:
    """End the test: skipped with the reason, or failed where ``what`` is required."""
    if what in os.environ.get("GRAPHVINE_REQUIRE", "").split(","):
        pytest.fail(f"GRAPHVINE_REQUIRE names {what}, but {reason}", pytrace=False)
    pytest.skip(reason)
