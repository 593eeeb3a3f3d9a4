"""A page as Markdown, the form that people commit to a repository."""

from collections.abc import Sequence

from experiments.page.block import Block, Fact, Heading, Picture, Prose, Table
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
    parts = [f"# {title}"]
    if facts:
        parts.append(" · ".join(f"{fact.label}: **{fact.value}**" for fact in facts))
    if claims is not None:
        parts += ["## Claims", f"{markdown_table(claims)}\n\n([csv]({claims.name}.csv))"]
    parts += [_block(block) for block in blocks]
    parts.append(f"---\n\n{foot}")
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"## {block.text}"
    if isinstance(block, Prose):
        return block.markdown
    if isinstance(block, Table):
        caption = f"*{block.caption}* " if block.caption else ""
        return f"{markdown_table(block)}\n\n{caption}([csv]({block.name}.csv))"
    return _picture(block)


def _picture(picture: Picture) -> str:
    alternative = picture.caption.replace("[", "(").replace("]", ")").replace("\n", " ")
    images = "\n\n".join(f"![{alternative}]({name}.png)" for name in picture.figures)
    links = [f"[pdf]({name}.pdf)" for name in picture.figures]
    if picture.data is not None:
        links.append(f"[csv]({picture.name}.csv)")
    return f"{images}\n\n*{picture.caption}* ({', '.join(links)})"
