import pytest

from graph.report.markup import Column, Html, absent, behind, bullets, element, join, table, text


def test_text_is_escaped_and_markup_is_kept():
    assert element("p", "<b>&\"'", Html("<i>x</i>")) == "<p>&lt;b&gt;&amp;&quot;&#x27;<i>x</i></p>"


def test_attributes_are_escaped_and_none_is_left_out():
    made = element("a", "x", href='"><script>', class_="k", aria_label=None, tabindex=0)
    assert made == '<a href="&quot;&gt;&lt;script&gt;" class="k" tabindex="0">x</a>'


def test_void_elements_have_no_end():
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'


def test_joining_escapes_what_is_not_markup_the_separator_too():
    assert join(["a<", None, Html("<b></b>")], between=" & ") == "a&lt; &amp; <b></b>"


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\u202e", "\u2066", "\ud800", "\uffff"])
def test_characters_that_no_page_may_hold_are_replaced(character):
    made = text(f"a{character}b")
    assert made == "a\ufffdb"
    assert made.encode("utf-8")


def test_line_breaks_and_chinese_stay():
    assert text("王\n子\t涵 🚗") == "王\n子\t涵 🚗"


def test_a_table_has_a_caption_and_heads_columns_and_rows():
    made = table("Cars", [Column("name"), Column("price", number=True)], [["曜驰", "1<2"], ["x", None]])
    assert "<caption>Cars</caption>" in made
    assert '<th scope="col">name</th><th scope="col" class="n">price</th>' in made
    assert '<th scope="row">曜驰</th><td class="n">1&lt;2</td>' in made
    assert 'aria-label="Cars"' in made


def test_a_row_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="zip"):
        table("t", [Column("a"), Column("b")], [["only one"]])


def test_small_parts_escape_too():
    made = join([bullets(["<"]), absent("<"), behind("<", Html("x"))])
    assert made.count("&lt;") == 3
    assert "<<" not in made
