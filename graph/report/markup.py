"""Builds HTML from plain values. All text is escaped, except values of the type Html."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Control characters that HTML forbids, marks that reverse the reading direction, and lone surrogates.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_VOID = frozenset({"br", "meta"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | Html | None


def text(value: str) -> Html:
    """The text as HTML; characters that cannot be shown become U+FFFD."""
    if isinstance(value, Html):
        return value
    return Html(html.escape(_UNPRINTABLE.sub("\ufffd", value), quote=True))


def join(parts: Iterable[Child], *, between: str = "") -> Html:
    """Concatenate the parts; None is left out."""
    return Html(text(between).join(text(part) for part in parts if part is not None))


def element(tag: str, *children: Child, **attributes: str | int | None) -> Html:
    """One element.

    Args:
        tag: Its name.
        children: Text (escaped), markup (kept) or None (left out).
        attributes: None leaves an attribute out. In names, a trailing underscore is dropped and others become hyphens:
            ``class_``, ``aria_label``.
    """
    given = "".join(
        f' {name.removesuffix("_").replace("_", "-")}="{text(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Html(f"<{tag}{given}>")
    return Html(f"<{tag}{given}>{join(children)}</{tag}>")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers are aligned to the right."""

    title: str
    number: bool = False
    wide: bool = False


def table(
    caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Child]], *, caption_shown: bool = True
) -> Html:
    """A table with a caption; the first column has row headers; wide tables scroll horizontally.

    Args:
        caption: What the table shows.
        columns: One per cell of a row.
        rows: Cells; None is an empty cell.
        caption_shown: False keeps the caption for screen readers only.
    """
    classes = [" ".join(name for name, on in (("n", c.number), ("wide", c.wide)) if on) or None for c in columns]
    head = [element("th", c.title, scope="col", class_=k) for c, k in zip(columns, classes, strict=True)]
    body = []
    for row in rows:
        cells = list(zip(row, classes, strict=True))
        first = element("th", cells[0][0], scope="row", class_=classes[0])
        body.append(element("tr", first, *(element("td", cell, class_=k) for cell, k in cells[1:])))
    shown = element("caption", caption, class_=None if caption_shown else "hidden")
    inner = element("table", shown, element("thead", element("tr", *head)), element("tbody", join(body, between="\n")))
    return element("div", inner, class_="scroll", role="region", tabindex=0, aria_label=caption)


def behind(title: str, content: Html) -> Html:
    """Content that is folded until the reader opens it."""
    return element("details", element("summary", title), content)


def bullets(sentences: Iterable[str]) -> Html:
    """A list of sentences."""
    return element("ul", *(element("li", sentence) for sentence in sentences))


def absent(sentence: str) -> Html:
    """The sentence shown instead of a missing part."""
    return element("p", sentence, class_="absent")
