"""The first password of a server, put where the server looks for it.

``neo4j-admin dbms set-initial-password`` takes the password as an argument, which every user of the machine can read
while it runs; the file that it would write is written here instead.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

_ROUNDS = 1024


def new_password() -> str:
    """A random one."""
    return secrets.token_urlsafe(18)


def seed_password(home: Path, password: str, *, username: str = "neo4j") -> None:
    """Let the server in ``home`` begin with this password; it counts only before the first start."""
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(_ROUNDS - 1):
        digest = hashlib.sha256(digest).digest()
    folder = home / "data" / "dbms"
    folder.mkdir(parents=True, exist_ok=True)
    line = f"{username}:SHA-256,{digest.hex()},{salt.hex()},{_ROUNDS}:\n"
    write_secret(folder / "auth.ini", line)


def write_secret(file: Path, text: str) -> None:
    """A file that only its owner can read, from its first byte on."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
