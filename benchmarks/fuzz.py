"""Coverage-guided fuzzing of the readers: record scanner, decoders and JSON.

    python benchmarks/fuzz.py --seconds 600 --json fuzz.json --keep crashes/

Every input is a file of its own, read twice in blocks of different sizes. What must hold of each: it is read or refused
as a whole with a sentence (DataError, ConfigError), it ends in time, every record is in the table or among the rejects,
records are numbered from 1 without gaps, and the size of the blocks changes nothing. Needs atheris, so Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import table

_TIMEOUT = 10
_SIZES = (16 << 20, 64)
_KINDS = ("csv", "tsv", "jsonl")
_ENCODINGS = ("auto", "utf-8", "gb18030", "utf-8+gb18030", "utf-16", "utf-16-be", "big5", "cp1252", "utf-32", "utf-7")
_DELIMITERS = ("auto", ",", ";", "\x01", "，")
_STATS = ("inputs", "refused", "records", "rejects")


def corpus() -> list[bytes]:
    """Inputs to begin with: for each way of reading some small files."""
    text = 'id,name,n\n1,李雷,2\n2,"a ""b"", c",3\n\n3,"two\nlines",4\n4,"open,5\n'
    world = "id;名称;价\r\n1;商品;1,5\r\n2;x\ty; 2\r\n"
    other = [
        '"a","b"\n"1","say \\"hi\\""\n',
        "sep=;\na;b\n1;2\n",
        "a,b,\n1,2,\n",
        "a,b\r1,2\r3,4\r",
        "a\x01b\n1\x012\n",
    ]
    lines = '{"id": 1, "user": {"id": "a"}, "tags": [1, 2.50]}\n{"id": 1, "id": 2}\n[1]\n{"a": "\\ud800"},\n'
    array = '[{"id": 1},\n {"id": {"x": [true, null]}},\n {"id" 3},\n {"id": 4}]\n[{"id": 5}]'
    plain = [(0, 0, 0, t.encode()) for t in (text, world, *other)]
    coded = [(0, e, 0, text.encode(c)) for e, c in enumerate(_ENCODINGS) if e not in (0, 3, 7)]
    mixed = [(0, e, 0, text.encode() + "5,韩梅梅,6\n".encode("gb18030") * 6) for e in (0, 3)]
    broken = [(0, 0, 0, text.encode() + b"6,\xe6\x9d,\0\n7,a\rb,\xff\n"), (0, 0, 0, text.encode("utf-16"))]
    rows = [
        *plain,
        *coded,
        *mixed,
        *broken,
        (1, 0, 0, text.replace(",", "\t").encode()),
        (0, 0, 4, "a，b\n1，2\n".encode()),
    ]
    rows += [(2, 0, 0, lines.encode()), (2, 0, 0, array.encode()), (2, 4, 0, array.encode("utf-16"))]
    return [bytes(head) + content for *head, content in rows]


def reader(folder: Path) -> Callable[[bytes], dict[str, int]]:
    """A function that reads an input and raises where something does not hold."""
    from graph.errors import ConfigError, DataError
    from graph.ingest.formats import read_blocks, resolve
    from graph.ingest.mapping.file_mapping import FileMapping, Source

    count = 0

    def once(source: Source, size: int) -> tuple[Any, ...]:
        rows, rejects, read, cells = [], [], 0, []
        for block in read_blocks(resolve(source), size=size):
            assert block.read == len(block.table) + len(block.rejects) == len(block.rows) + len(block.rejects)
            assert all(r.hint for r in block.rejects)
            block.table.validate(full=True)
            read += block.read
            rows += block.rows.tolist()
            rejects += [(r.row, r.reason) for r in block.rejects]
            cells += [{k: v for k, v in row.items() if v} for row in block.table.to_pylist()]
        assert sorted([*rows, *(row for row, _ in rejects)]) == list(range(1, read + 1))
        assert rows == sorted(rows)
        return read, rejects, cells

    def one(data: bytes) -> dict[str, int]:
        nonlocal count
        count += 1
        if len(data) < 3:
            return {}
        kind, encoding = _KINDS[data[0] % len(_KINDS)], _ENCODINGS[data[1] % len(_ENCODINGS)]
        delimiter = _DELIMITERS[data[2] % len(_DELIMITERS)]
        path = folder / f"{count}.{kind}"
        path.write_bytes(data[3:])
        mapping = FileMapping(path.name, encoding=encoding, delimiter=delimiter, id="id")
        found = []
        try:
            for size in _SIZES:
                try:
                    found.append(once(Source(path, path.name, mapping), size))
                except (DataError, ConfigError) as error:
                    found.append((error.hint != "", error.message.replace(path.name, "")))
        finally:
            path.unlink()
        assert found[0] == found[1], found
        assert found[0][0] is not False, "an error without a hint"
        if len(found[0]) == 2:
            return {"inputs": 1, "refused": 1}
        return {"inputs": 1, "records": found[0][0], "rejects": len(found[0][1])}

    return one


def child(folder: Path, seconds: float) -> None:
    """Fuzz until that much CPU time is spent, or an input fails, which ends the process."""
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    with atheris.instrument_imports(include=["graph.ingest"]):
        one = reader(folder / "inputs")
    # What is imported late must not count as a slow input.
    for content in corpus():
        one(content)
    totals = dict.fromkeys(_STATS, 0)

    def target(data: bytes) -> None:
        for key, value in one(data).items():
            totals[key] += value
        if time.process_time() > seconds:
            (folder / "stats.json").write_text(json.dumps({**totals, "cpu": time.process_time()}))
            os._exit(0)

    options = [f"-timeout={_TIMEOUT}", f"-artifact_prefix={folder}/crashes/", "-max_len=2048", "-verbosity=0"]
    atheris.Setup([sys.argv[0], str(folder / "corpus"), f"-seed={os.getpid()}", *options], target)
    atheris.Fuzz()


def fuzz(seconds: float, keep: Path | None) -> list[table.Row]:
    """Rows of the table: inputs, failures, and what was read."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        folder = keep or Path(name)
        for part in ("corpus", "crashes", "inputs"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(corpus()):
            (folder / "corpus" / f"seed{number}").write_bytes(content)
        totals = dict.fromkeys((*_STATS, "cpu"), 0.0)
        failures = 0
        while (left := seconds - totals["cpu"]) > 1 and failures < 20:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(
                [sys.executable, __file__, "--child", str(folder), "--seconds", str(left)], check=False
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            failures += done.returncode != 0
            stats = folder / "stats.json"
            if stats.exists():
                for key, value in json.loads(stats.read_text()).items():
                    totals[key] += value
                stats.unlink()
            else:
                totals["cpu"] += after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        for crash in sorted((folder / "crashes").iterdir()):
            print(crash.name, repr(crash.read_bytes()[:300]), file=sys.stderr)
        return [
            table.row("fuzzing: inputs that crash, hang or lose a record", failures, 0, unit="inputs"),
            *(table.row(f"fuzzing: {key}", totals[key], unit="s" if key == "cpu" else "") for key in (*_STATS, "cpu")),
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="CPU seconds")
    parser.add_argument("--json", type=Path, help="write the rows there")
    parser.add_argument("--keep", type=Path, help="folder for the corpus and the failing inputs")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.seconds)
    rows = table.report(fuzz(options.seconds, options.keep), options.json)
    return int(rows[0]["ours"] > 0)


if __name__ == "__main__":
    sys.exit(main())
