"""Reads files as streams of bytes, decompressing gzip and Zstandard."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, cast

from graph.errors import DataError

Compression = Literal["", "gzip", "zstd"]
BLOCK = 16 << 20
SUFFIXES: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd"}
_MAGIC: tuple[tuple[bytes, Compression], ...] = ((b"\x1f\x8b\x08", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))


def compression_of(path: Path) -> Compression:
    """How a file is compressed: by its name, else by its first bytes.

    Raises:
        DataError: the file cannot be opened.
    """
    named = SUFFIXES.get(path.suffix.lower())
    if named:
        return named
    try:
        with path.open("rb") as stream:
            head = stream.read(4)
    except OSError as error:
        raise _unopened(path, error) from None
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")


def open_binary(path: Path) -> IO[bytes]:
    """Open a file for reading, through gzip or Zstandard where it is so compressed.

    Raises:
        DataError: the file cannot be opened.
    """
    kind = compression_of(path)
    try:
        if kind == "gzip":
            return cast(IO[bytes], gzip.open(path, "rb"))
        if kind == "zstd":
            import pyarrow as pa

            return cast(IO[bytes], pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd"))
        return path.open("rb")
    except OSError as error:
        raise _unopened(path, error) from None


def blocks(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    """The bytes of a file after decompression, ``size`` at a time.

    Raises:
        DataError: the file cannot be opened or read, or the compressed stream is broken or ends too early.
    """
    kind = compression_of(path)
    with open_binary(path) as stream:
        try:
            while block := stream.read(size):
                yield block
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _broken(path, kind, error) from None
        except OSError as error:
            if kind and error.errno is None:
                raise _broken(path, kind, error) from None
            raise DataError(
                f"cannot be read ({error.strerror})", file=str(path), hint="check the disk and the rights"
            ) from None


def read_head(path: Path, count: int = 8) -> bytes:
    """The first bytes of a file after decompression, fewer where it is shorter.

    Raises:
        DataError: the file cannot be opened or decompressed.
    """
    head = b""
    for block in blocks(path, count):
        head += block
        if len(head) >= count:
            break
    return head[:count]


def _unopened(path: Path, error: OSError) -> DataError:
    reason = error.strerror or str(error).partition("\n")[0]
    return DataError(f"cannot be opened ({reason})", file=str(path), hint="check the name and the rights")


def _broken(path: Path, kind: str, error: Exception) -> DataError:
    text = str(error).partition("\n")[0][:200]
    cut = isinstance(error, EOFError) or "truncated" in text.lower()
    what = "it ends in the middle of the compressed stream" if cut else text
    return DataError(f"broken {kind}: {what}", file=str(path), hint="export or copy the file again")
