from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DataError
from graph.ingest.formats import header_of, read_blocks, resolve
from graph.ingest.mapping.file_mapping import FileMapping, Source

Found = tuple[list[tuple[int, dict[str, str]]], list[tuple[int, str, str]], int]


def read(path: Path, size: int = 1 << 20, **declared: str) -> Found:
    """Records by row without their empty cells, rejects, and the count."""
    good, rejects, count = [], [], 0
    for block in read_blocks(resolve(Source(path, path.name, FileMapping(path.name, **declared))), size=size):  # type: ignore[arg-type]
        cells = [{k: v for k, v in row.items() if v} for row in block.table.to_pylist()]
        good += list(zip(block.rows.tolist(), cells, strict=True))
        rejects += [(r.row, r.reason, r.raw) for r in block.rejects]
        count += block.read
    return good, rejects, count


def written(folder: Path, name: str, text: str | bytes) -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


def test_nested_objects_have_names_with_dots(tmp_path: Path) -> None:
    path = written(
        tmp_path, "f.jsonl", '{"user": {"id": 7, "at": {"city": "上海", "x": null}}, "tags": [1, 2.50, {"k": 1e5}]}'
    )
    cells = {"user.id": "7", "user.at.city": "上海", "tags": '[1, 2.50, {"k": 1e5}]'}
    assert read(path)[0] == [(1, cells)]
    assert header_of(resolve(Source(path, "f", FileMapping("f")))) == ["user.id", "user.at.city", "user.at.x", "tags"]
    whole = read(path, id="user")[0][0][1]
    assert whole == {**cells, "user": '{"id": 7, "at": {"city": "上海", "x": null}}'}


def test_numbers_keep_their_text(tmp_path: Path) -> None:
    numbers = ["0.10", "1.0e-7", "12345678901234567890123", "-0", "1E400", "NaN", "-Infinity", "0.1000000000000000055"]
    path = written(tmp_path, "f.jsonl", "".join(f'{{"n": {n}}}\n' for n in numbers))
    assert [cells["n"] for _, cells in read(path)[0]] == numbers


def test_keys_named_twice(tmp_path: Path) -> None:
    lines = ['{"a": 1, "a": 1}', '{"a": {"b": 1, "b": 2}}', '{"a.b": 1, "a": {"b": 2}}', '{"a": [{"k": 1, "k": 2}]}']
    path = written(tmp_path, "f.jsonl", "\n".join([*lines, '{"a": 1, "A": 2}']))
    assert [r[:2] for r in read(path)[1]] == [(n, "duplicate_key") for n in (1, 2, 3, 4)]
    assert read(path)[0] == [(5, {"a": "1", "A": "2"})]


def test_commas_and_blanks_behind_an_object(tmp_path: Path) -> None:
    path = written(
        tmp_path, "f.jsonl", '\ufeff{"a": 1},\r\n\r\n  {"a": 2} \n\t\n{"a": 3} x\n{"a": 4}{"a": 5}\n{"a": 6},,\n'
    )
    good, rejects, count = read(path)
    assert ([row for row, _ in good], [r[:2] for r in rejects]) == (
        [1, 2, 5],
        [(3, "not_an_object"), (4, "not_an_object")],
    )
    assert count == 5


def test_what_cannot_be_text(tmp_path: Path) -> None:
    lines = [
        b'{"a": "\\ud800"}',
        b'{"\\udc00": 1}',
        b'{"a": "\\u0000"}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud83d\\ude00"}',
        b"[" * 9999,
        '{"a": "车"}'.encode(),
    ]
    good, rejects, _ = read(written(tmp_path, "f.jsonl", b"\n".join(lines)))
    assert [r[:2] for r in rejects] == [
        (1, "encoding"),
        (2, "encoding"),
        (3, "nul_byte"),
        (4, "encoding"),
        (6, "not_an_object"),
    ]
    assert good == [(5, {"a": "😀"}), (7, {"a": "车"})]


def test_many_keys_do_not_become_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "f.jsonl", "".join(f'{{"key{i}": 1, "id": {i}}}\n' for i in range(3000)))
    (block,) = read_blocks(resolve(Source(path, "f", FileMapping("f.jsonl", id="key2999"))))
    assert len(block.table.column_names) <= 1001
    assert (block.table["key2999"].to_pylist()[-1], block.read) == ("1", 3000)


ARRAY = """[
  {"id": 1, "o": {"p": "x"}},
  {
    "id": 2,
    "o": {
      "p": [1, {"q": "]},{"}]
    }
  },
  {"id" 3},
  {"id": 4, "id": 4},
  17,
  {"id": "5\\n"}
]
"""


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_one_array(tmp_path: Path, size: int, encoding: str) -> None:
    path = written(tmp_path, "f.json", ARRAY.replace('"x"', '"车"').encode(encoding))
    good, rejects, count = read(path, size)
    assert good == [
        (1, {"id": "1", "o.p": "车"}),
        (2, {"id": "2", "o.p": '[1, {"q": "]},{"}]'}),
        (6, {"id": "5\n"}),
    ]
    assert [(row, reason) for row, reason, _ in rejects] == [
        (3, "not_an_object"),
        (4, "duplicate_key"),
        (5, "not_an_object"),
    ]
    assert rejects[0][2].startswith('{"id" 3}')
    assert count == 6


@pytest.mark.parametrize("text", ["[]", "[ ]\n", "\ufeff[\n]"])
def test_an_empty_array(tmp_path: Path, text: str) -> None:
    assert read(written(tmp_path, "f.json", text)) == ([], [], 0)


@pytest.mark.parametrize(
    ("text", "rows", "reasons"),
    [
        ('[{"a": 1}, {"a": 2]', [1], ["not_an_object"]),
        ('[{"a": 1}, {"a": "open}]\n', [1], ["not_an_object"]),
        ('[{"a": 1}, {"a": [{"b":, }]}] ', [1], ["not_an_object"]),
        ('[{"a": 1},,{"a": 2},]', [1, 2], []),
        ('[{"a": 1}]\n[{"a": 2}]', [1, 2], []),
        ('[{"a": 1}{"a": 2}]', [1, 2], []),
        ('[{"a": 1}] tail', [1], ["not_an_object"]),
        ('[{"a": 1, "b": "x}, {"a": 2},\n{"a": 3}]', [2, 3], ["not_an_object"]),
        ('[{"a": tru},\n{"a": 3}]', [2], ["not_an_object"]),
        ('[{"a": {"k": 1, "k": 2}, "l": [{"m": 1}, {"m": 2}]}, {"a": 3}]', [2], ["duplicate_key"]),
        ('[{"a": 1}x, {"a": 2}]', [2], ["not_an_object"]),
    ],
)
@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_broken_arrays(tmp_path: Path, text: str, rows: list[int], reasons: list[str], size: int) -> None:
    good, rejects, count = read(written(tmp_path, "f.json", text), size)
    assert ([r[1] for r in rejects], count) == (reasons, len(good) + len(rejects))
    assert [row for row, _ in good] == rows


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
@pytest.mark.parametrize(
    "text",
    [
        "[",
        '[{"a": 1}',
        '[{"a": 1},\n',
        '[{"a": 1}, {"a": 2',
        '[{"a": 1}, {"a": "open',
        '[{"a": 1}, {"a": "]',
        '[{"a": 1}, {"a": ["x]", {"b": 1}]',
        '[{"a": 1}]\n[{"a": 2}',
        '[{"a": 1}, {"a": tru},\n{"a": 3}',
        '[{"a": 1}, {"a": [1,, {"b": 1}]',
    ],
)
def test_an_array_that_is_cut_is_refused(tmp_path: Path, text: str, size: int) -> None:
    with pytest.raises(DataError, match=r"f\.json: the file ends in the middle of the array"):
        read(written(tmp_path, "f.json", text), size)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.fixed_dictionaries({"a": st.sampled_from(["x", 1, ["y"], {"k": [2]}])}), min_size=1), st.data())
def test_wherever_an_array_is_cut_it_is_refused(records: list[dict[str, object]], data: st.DataObject) -> None:
    text = json.dumps(records)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), "f.json", text[: data.draw(st.integers(3, len(text) - 1))])
        with pytest.raises(DataError, match="ends in the middle of the array"):
            read(path)


def test_an_array_on_one_long_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.ingest.decoding.decode.LONGEST_LINE", 1000)
    path = written(tmp_path, "f.json", json.dumps([{"id": i, "t": "x" * 50} for i in range(20_000)]))
    good, rejects, count = read(path, 1 << 16)
    assert ([row for row, _ in good], rejects, count) == (list(range(1, 20_001)), [], 20_000)


def test_damaged_bytes_in_an_array_cost_their_element(tmp_path: Path) -> None:
    raw = b'[{"a": "\xff"}, {"a": "\xef\xbf\xbd"}, {"a": "b"}]'
    path = written(tmp_path, "f.json", raw)
    assert [r[:2] for r in read(path, encoding="utf-8")[1]][:1] == [(1, "encoding")]
    assert read(path, encoding="utf-8")[0][-1] == (3, {"a": "b"})


def test_an_array_in_utf16_without_a_mark_and_with_damage(tmp_path: Path) -> None:
    raw = '[{"a": "b"},\n{"a": "'.encode("utf-16-le") + b"\x00\xdc" + '"},\n{"a": "c"}]'.encode("utf-16-le")
    path = written(tmp_path, "f.json", raw)
    for size in (2, 7, 1 << 20):
        good, rejects, _ = read(path, size, encoding="utf-16")
        assert (good, [r[:2] for r in rejects]) == ([(1, {"a": "b"}), (3, {"a": "c"})], [(2, "encoding")])


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab"\\]},{[ \n车😀', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("kl", max_size=2), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.dictionaries(st.text("abc", min_size=1, max_size=3), _VALUES, max_size=4), min_size=1, max_size=8),
    st.sampled_from([None, 1]),
    st.integers(1, 40),
)
def test_lines_and_arrays_hold_the_same_records(records: list, indent: int | None, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = written(Path(folder), "f.jsonl", "\n".join(json.dumps(r, ensure_ascii=False) for r in records))
        array = written(Path(folder), "f.json", json.dumps(records, ensure_ascii=False, indent=indent))
        good, rejects, count = read(lines, id="a")
        assert read(array, size, id="a")[0] == good
        assert count == len(records) == read(array, size, id="a")[2]
        assert {r[1] for r in rejects} <= {"duplicate_key"}
