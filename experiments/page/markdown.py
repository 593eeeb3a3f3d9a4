"""A page as Markdown, the form that people commit to a repository."""

from collections.abc import Sequence

from experiments.page.block import Block, Fact, Heading, Picture, Prose, Table
from experiments.page.prose import literal
from experiments.page.table import markdown_table


def to_markdown(title: str, facts: Sequence[Fact], claims: Table | None, blocks: Sequence[Block], foot: str) -> str:
    """The whole file.

    Args:
        title: Heading of the page.
        facts: Numbers at its head.
        claims: Table of claims; None: no claims.
        blocks: Everything else, in order.
        foot: Last line.
    """
    parts = [f"# {literal(title)}"]
    if facts:
        parts.append(" · ".join(f"{literal(fact.label)}: **{literal(fact.value)}**" for fact in facts))
    if claims is not None:
        parts += ["## Claims", f"{markdown_table(claims, is_markdown=True)}\n\n([csv]({claims.name}.csv))"]
    parts += [_block(block) for block in blocks]
    parts.append(f"---\n\n{foot}")
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"## {literal(block.text)}"
    if isinstance(block, Prose):
        return block.markdown
    if isinstance(block, Table):
        caption = f"*{block.caption}* " if block.caption else ""
        return f"{_anchor(block.name)}\n\n{markdown_table(block)}\n\n{caption}([csv]({block.name}.csv))"
    return _picture(block)


def _picture(picture: Picture) -> str:
    alternative = literal(picture.caption.replace("\\", ""))
    images = "\n\n".join(f"![{alternative}]({name}.png)" for name in picture.figures)
    anchors = "".join(_anchor(name) for name in dict.fromkeys((picture.name, *picture.figures)))
    links = [
        f"[{suffix}]({name}.{suffix})" for name in picture.figures for suffix in picture.formats if suffix != "png"
    ]
    if picture.data is not None:
        links.append(f"[csv]({picture.name}.csv)")
    return f"{anchors}\n\n{images}\n\n*{picture.caption}* ({', '.join(links)})"


def _anchor(name: str) -> str:
    """What a link from another page leads to."""
    return f'<a id="{name}"></a>'
