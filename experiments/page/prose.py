"""Prose of a page: Markdown of ours with names of others in it, made harmless.

Raw HTML is shown as text, links lead to http or to files next to the page, and images are not loaded.
"""

import re
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt

_FIRST = re.compile(r"^(?:(?=-(?:[\s-]|$))|(\d{1,9})(?=\.(?:\s|$)))")  # where a list or a rule begins
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&])")


def literal(text: object) -> str:
    """Foreign text so that Markdown shows it as it is, on one line.

    >>> to_html(literal("a*b*<c>"))
    '<p>a*b*&lt;c&gt;</p>'
    """
    escaped = _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))
    return _FIRST.sub(r"\1\\", escaped)


def code(text: object) -> str:
    """Foreign text as code in Markdown, on one line, whatever is in it.

    >>> code("a"), code("a`b")
    ('`a`', '`` a`b ``')
    """
    line = " ".join(str(text).split())
    ticks = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{ticks}{line}{ticks}" if ticks == "`" else f"{ticks} {line} {ticks}"


_SIGNS = (
    (re.compile(r"(?<=\S) \+- ?(?=\d)"), " ± "),
    (re.compile(r"(?<=[\d.)%]) -> (?=[\d.(-])"), " → "),
    (re.compile(r"(?<=\d) x (?=\d)"), " × "),
)
_CODE_SPAN = re.compile(r"(`[^`]*`)")


def signs(text: str) -> str:
    """Plain text with the signs of mathematics between its numbers, but not in code.

    >>> signs("21 +- 2 of 8 x 8, 3.1 -> 2.5; `8 x 8`, a x b -> c")
    '21 ± 2 of 8 × 8, 3.1 → 2.5; `8 x 8`, a x b -> c'
    """
    parts = _CODE_SPAN.split(text)
    for i in range(0, len(parts), 2):
        for pattern, sign in _SIGNS:
            parts[i] = pattern.sub(sign, parts[i])
    return "".join(parts)


def to_html(markdown: str) -> str:
    """A paragraph or list as HTML."""
    return str(_parser().render(markdown)).strip()


def to_inline_html(markdown: str) -> str:
    """A caption as HTML, without a paragraph around it."""
    return str(_parser().renderInline(markdown)).strip()


@cache
def _parser() -> Any:
    return MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


def slug(text: str) -> str:
    """A heading as anchor.

    >>> slug("Rank, over problems")
    'rank-over-problems'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"


def attribute(text: object) -> str:
    """Text for the inside of a quoted attribute, or of an element."""
    return escape(str(text), quote=True)
