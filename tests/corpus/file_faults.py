"""Fault classes of whole files: encodings, line ends, delimiters, compression, files that are none."""

from __future__ import annotations

import codecs
import gzip

from tests.corpus.fault import LINES, LOADED, REFUSED, SEPARATED, Cell, Fault, Format, changed, raw

_PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x00\x00\x00\x02\x00\x08\x06\x00\x00\x00\xf4x\xd4\xfa"
    + bytes(range(256)) * 8
)
_ZIP = b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" + bytes(range(255, -1, -1)) * 8
_PLAIN: frozenset[Format] = frozenset({"csv", "tsv", "jsonl"})


def _utf16(order: str, mark: bytes) -> Fault:
    return Fault(
        f"utf16_{order}",
        "saved as Unicode text by a spreadsheet",
        "file",
        LOADED,
        formats=LINES,
        codec=f"utf-16-{order}",
        data=lambda data: _marked(data, mark),
    )


def _marked(data: bytes, mark: bytes) -> bytes:
    """The file with a byte order mark in front, inside the compression."""
    packed = data[:2] == b"\x1f\x8b"
    return gzip.compress(mark + gzip.decompress(data), mtime=0) if packed else mark + data


def _cut_stream(data: bytes) -> bytes:
    """A gzip stream whose end is missing; Parquet and what is compressed already are cut as they are."""
    packed = data if data[:2] == b"\x1f\x8b" or data[:4] == b"PAR1" else gzip.compress(data, mtime=0)
    return packed[: 2 * len(packed) // 3]


def _zstandard(data: bytes) -> bytes:
    import pyarrow as pa

    packed: bytes = pa.compress(data, codec="zstd", asbytes=True)
    return packed


def _document(data: bytes) -> bytes:
    """JSON lines as one list."""
    return b"[\n" + b",\n".join(data.splitlines()) + b"\n]\n"


def _two_members(data: bytes) -> bytes:
    plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    half = len(plain) // 2
    return gzip.compress(plain[:half], mtime=0) + gzip.compress(plain[half:], mtime=0)


def _damaged(data: bytes) -> bytes:
    packed = data if data[:2] == b"\x1f\x8b" else gzip.compress(data, mtime=0)
    middle = len(packed) // 2
    return packed[:middle] + bytes(byte ^ 0xFF for byte in packed[middle : middle + 64]) + packed[middle + 64 :]


ENCODINGS: tuple[Fault, ...] = (
    Fault("gbk_file", "the whole file in GBK", "file", LOADED, formats=_PLAIN, codec="gbk"),
    Fault(
        "gb18030_file",
        "the whole file in GB18030, rare characters included",
        "file",
        LOADED,
        formats=_PLAIN,
        codec="gb18030",
    ),
    Fault(
        "bom", "a byte order mark in front", "file", LOADED, formats=_PLAIN, data=lambda data: codecs.BOM_UTF8 + data
    ),
    _utf16("le", codecs.BOM_UTF16_LE),
    _utf16("be", codecs.BOM_UTF16_BE),
    Fault(
        "mixed_encodings",
        "records of two systems in two encodings, declared",
        "file",
        LOADED,
        formats=_PLAIN,
        line=lambda line: raw(line.text.encode("gbk")),
        settings={"encoding": '"utf-8+gb18030"'},
    ),
)

DIALECTS: tuple[Fault, ...] = (
    Fault("crlf", "line ends of Windows", "file", LOADED, formats=LINES, end="\r\n"),
    Fault("old_mac", "line ends of old Macs", "file", LOADED, formats=SEPARATED, end="\r"),
    Fault(
        "separator_line",
        "a first line that tells a spreadsheet the separator",
        "file",
        LOADED,
        formats=frozenset({"csv"}),
        separator=";",
        data=lambda data: b"sep=;\n" + data,
    ),
    Fault(
        "json_document", "one JSON list instead of lines", "file", LOADED, formats=frozenset({"jsonl"}), data=_document
    ),
    Fault(
        "crlf_mixed",
        "line ends of two systems in one file",
        "record",
        LOADED,
        formats=LINES,
        line=lambda line: line.text + "\r",
    ),
    Fault(
        "semicolons",
        "semicolons between cells, as office software writes in many countries",
        "file",
        LOADED,
        formats=SEPARATED - {"tsv"},
        separator=";",
    ),
    Fault("pipes", "pipes between cells", "file", LOADED, formats=SEPARATED - {"tsv"}, separator="|"),
    Fault("all_quoted", "every cell in quotes", "file", LOADED, formats=SEPARATED, quote_all=True),
    Fault(
        "day_first_declared",
        "dates with the day first, declared",
        "file",
        LOADED,
        column="ts",
        every=lambda text: f"{text[8:10]}/{text[5:7]}/{text[:4]}{text[10:]}",
        settings={"date_order": '"dmy"'},
    ),
    Fault(
        "month_first_declared",
        "dates with the month first, declared",
        "file",
        LOADED,
        column="ts",
        every=lambda text: f"{text[5:7]}/{text[8:10]}/{text[:4]}{text[10:]}",
        settings={"date_order": '"mdy"'},
    ),
    Fault(
        "own_missing_word",
        "a word of one's own for a missing value, declared",
        "file",
        changed("null_word"),
        column="score",
        cells=(Cell("-", None), Cell("无", None)),
        settings={"missing": '["-", "无"]'},
    ),
)

PACKED: tuple[Fault, ...] = (
    Fault("zstandard", "a file compressed by zstd", "file", LOADED, formats=_PLAIN, data=_zstandard),
    Fault(
        "truncated_zstandard",
        "a download of a file compressed by zstd that was stopped",
        "file",
        REFUSED,
        formats=_PLAIN,
        data=lambda data: _zstandard(data)[:-200],
    ),
    Fault("joined_streams", "compressed files joined by cat", "file", LOADED, formats=LINES, data=_two_members),
)

BROKEN: tuple[Fault, ...] = (
    Fault("truncated_stream", "a download of a compressed file that was stopped", "file", REFUSED, data=_cut_stream),
    Fault("damaged_stream", "a compressed file with damaged bytes", "file", REFUSED, formats=LINES, data=_damaged),
    Fault("picture", "a picture under the name of a table", "file", REFUSED, data=lambda _: _PNG),
    Fault("workbook", "an Excel workbook under the name of a table", "file", REFUSED, data=lambda _: _ZIP),
    Fault(
        "empty_file",
        "a file of no bytes, where an export failed",
        "file",
        REFUSED,
        data=lambda _: b"",
    ),
    Fault(
        "web_page",
        "an error page of a web server instead of the table",
        "file",
        REFUSED,
        formats=SEPARATED | {"parquet"},
        data=lambda _: b"<!DOCTYPE html>\n<html><head><title>502</title></head>\n<body>Bad gateway</body></html>\n",
    ),
)
