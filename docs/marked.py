"""Parts of pages that a command writes: from a mark that names the command to the next end mark."""

END = "<!-- end -->"
"""Ends every such part, on a line of its own."""


def replaced(page: str, mark: str, content: str) -> str:
    r"""The page with other content between a mark and the next end mark.

    Args:
        page: Markdown.
        mark: The line that begins the part, without its end.
        content: Whole lines.

    Raises:
        ValueError: A page without the mark, or without an end mark after it.

    >>> replaced("<!-- made -->\nold\n<!-- end -->\n", "<!-- made -->", "new\n")
    '<!-- made -->\nnew\n<!-- end -->\n'
    """
    before, start, rest = page.partition(f"{mark}\n")
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"page: wanted {mark} and {END} after it, found {'no end' if start else 'no such line'}")
    return before + start + content + end + after
