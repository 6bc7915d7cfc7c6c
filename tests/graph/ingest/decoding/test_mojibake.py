from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.ingest.decoding.mojibake import damaged, is_damaged, repair
from graph.ingest.values.byte_columns import byte_column

WORDS = ["张三", "北京市", "特斯拉", "用户", "比亚迪海豹", "价格：12元", "李雷 Model Y", "上海浦东新区", "新能源汽车"]


def marked(cells: list[str | None]) -> list[bool]:
    column = pa.array(cells, pa.large_string())
    return damaged(column, byte_column(column)).tolist()


@pytest.mark.parametrize("codec", ["latin-1", "gbk"])
@pytest.mark.parametrize("word", WORDS)
def test_utf8_read_as_something_else_is_found_and_repaired(word: str, codec: str) -> None:
    octets = word.encode()
    try:
        broken = octets.decode(codec)
    except UnicodeDecodeError:
        broken = octets.decode(codec, "replace")
        assert marked([broken]) == [True]
        return
    assert (repair(broken), marked(["a", broken, None, word])) == (word, [False, True, False, False])


@pytest.mark.parametrize("word", ["Café", "Zoë", "naïve", "100 €", "“quoted…", "Škoda"])
def test_western_text_read_as_windows_1252(word: str) -> None:
    broken = word.encode().decode("cp1252")
    assert (repair(broken), marked([broken, word])) == (word, [True, False])


@pytest.mark.parametrize("word", ["张三", "植松伸夫", "北京市朝阳区"])
def test_gbk_read_as_latin_1(word: str) -> None:
    broken = "A " + word.encode("gb2312").decode("latin-1")
    assert (repair(broken), marked([broken, word])) == ("A " + word, [True, False])


@pytest.mark.parametrize("cell", ["锟斤拷", "abc\ufffd", "烫烫烫烫", "屯屯屯", "用户ï¿½"])
def test_marks_of_lost_bytes(cell: str) -> None:
    assert marked([cell, "好"]) == [True, False]


def test_a_lost_end_does_not_hide_the_damage() -> None:
    broken = "北京市".encode().decode("gbk", "ignore")
    assert repair(broken + "?") == repair(broken) == "北京"


def test_sound_text_is_left_alone() -> None:
    western = ["", "Müller", "São Paulo", "NÃO", "Ærø", "Ångström", "Ελλάδα", "Москва", "café 50°", "½ Â"]
    eastern = ["日本語テスト", "서울", "楠木", "璐璐", "洗浴", "涓涓细流", "烫发", "屯溪", "锟", "🚗 电动车", "①②③"]
    cells = [*WORDS, *western, *eastern]
    assert not any(marked(list(cells)))


def _hanzi(first: int, last: int) -> list[str]:
    octets = (bytes([a, b]) for a in range(first, last) for b in range(0xA1, 0xFF))
    return [c for pair in octets if (c := pair.decode("gb2312", "ignore"))]


def test_no_chinese_word_is_taken_for_damage() -> None:
    common, rare = _hanzi(0xB0, 0xD8), _hanzi(0xD8, 0xF8)
    rng = np.random.default_rng(5)
    for pool in (common, common + rare, rare):
        letters = np.asarray(pool)
        cells = ["".join(letters[rng.integers(0, len(pool), n)]) for n in rng.integers(1, 7, 8000)]
        assert not any(marked(list(cells)))


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.text(st.sampled_from(_hanzi(0xB0, 0xD8)), min_size=1, max_size=6), min_size=1, max_size=6), st.data()
)
def test_the_look_at_bytes_finds_what_the_look_at_cells_finds(words: list[str], data: st.DataObject) -> None:
    cells = []
    for word in words:
        codec = data.draw(st.sampled_from(["utf-8", "latin-1", "gbk"]))
        prefix = data.draw(st.sampled_from(["", "a", "12 "]))
        cells.append(prefix + word.encode().decode(codec, "ignore"))
    assert marked(list(cells)) == [is_damaged(cell) for cell in cells]
