"""A page as one HTML file that needs nothing else: no network, no font, no file next to it.

Its Content-Security-Policy forbids every request. What scripts add (charts, controls, sorting) is
packed with gzip into the page and unpacked by the browser; without scripts the static pictures stand.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from experiments.page.block import Block, Claim, Fact, Heading, Picture, Prose, Table
from experiments.page.chart import styles_json
from experiments.page.picture import Inlined
from experiments.page.prose import attribute, slug, to_inline_html
from experiments.page.prose import to_html as prose
from experiments.page.table import html_table

MAX_PICTURES_BYTES = 2_200_000
"""Static pictures inside a page; further ones lie next to it only, so that the page stays below 5 MB."""

_POLICY = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src {}"
_CONTROLS = """<div class="controls" hidden>
<label class="pick">Problem <select id="problem"></select></label>
<div id="solvers" role="group" aria-label="Solvers shown"></div>
<span><button type="button" id="all">all</button> <button type="button" id="none">none</button></span>
</div>"""
_PLURALS = {"holds": "hold", "does not hold": "do not hold", "a weaker form holds": "hold in a weaker form"}
_CLAIM_COLUMNS = ("claim", "verdict", "published", "ours", "rule and why")
_SYMBOLS = {"holds": "✓", "does not hold": "✗", "cannot be tested here": "–", "a weaker form holds": "~"}


def to_html(
    title: str,
    facts: Sequence[Fact],
    claims: Sequence[Claim],
    blocks: Sequence[Block],
    foot: str,
    *,
    pictures: Mapping[str, Inlined],
    solvers: Sequence[str],
    problems: Sequence[str],
) -> str:
    """The whole file.

    Args:
        title: Heading of the page.
        facts: Numbers at its head.
        claims: Published statements and what came out.
        blocks: Everything else, in order.
        foot: Last line, in Markdown.
        pictures: File name without suffix -> picture.
        solvers: What the controls show and hide, in the order of their colours.
        problems: What they choose from.
    """
    anchors = _Anchors()
    sections, entries = [], []
    if claims:
        entries.append(("claims", "Claims"))
        sections.append(_section("claims", "Claims", [_claims(claims)]))
    lead: list[str] = []
    body, anchor, heading = lead, "", ""
    room = _Room(MAX_PICTURES_BYTES)
    for block in blocks:
        if isinstance(block, Heading):
            if anchor:
                sections.append(_section(anchor, heading, body))
            body, heading, anchor = [], block.text, anchors.take(block.text)
            entries.append((anchor, heading))
        else:
            body.append(_block(block, pictures, room))
    if anchor:
        sections.append(_section(anchor, heading, body))
    charts = {block.name: block.chart.to_json() for block in blocks if isinstance(block, Picture) and block.chart}
    links = "\n".join(f'<li><a href="#{name}">{attribute(text)}</a></li>' for name, text in entries)
    packed = _packed({"charts": charts, "styles": styles_json(solvers), "problems": list(problems)}) if charts else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="iohnas">
<meta http-equiv="Content-Security-Policy" content="{_policy(bool(charts))}">
<link rel="icon" href="data:,">
<title>{attribute(title)}</title>
<style>
{_asset("page.css")}</style>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<nav class="contents" aria-label="Contents"><p class="brand">iohnas</p>
<ol>
{links}
</ol>
<button type="button" id="theme" title="light or dark" aria-label="light or dark" hidden>◐</button></nav>
<main id="content">
<header>
<h1>{attribute(title)}</h1>
{_facts(facts)}
<div class="lead">
{"".join(lead)}
</div>
</header>
{_CONTROLS if charts else ""}
{"".join(sections)}
<footer>{prose(foot)}</footer>
</main>
{packed}
<script>{_script()}</script>
</body>
</html>
"""


class _Anchors:
    """Anchors that differ."""

    def __init__(self) -> None:
        self._taken = {"content", "claims"}

    def take(self, text: str) -> str:
        base = anchor = slug(text)
        n = 1
        while anchor in self._taken:
            n += 1
            anchor = f"{base}-{n}"
        self._taken.add(anchor)
        return anchor


class _Room:
    """Bytes that are left for pictures."""

    def __init__(self, n_bytes: int) -> None:
        self._left = n_bytes

    def take(self, n_bytes: int) -> bool:
        fits = n_bytes <= self._left
        self._left -= n_bytes if fits else 0
        return fits


def _section(anchor: str, heading: str, parts: Sequence[str]) -> str:
    inner = "\n".join(parts)
    return f'<section id="{anchor}"><h2><a href="#{anchor}">{attribute(heading)}</a></h2>\n{inner}\n</section>\n'


def _block(block: Block, pictures: Mapping[str, Inlined], room: _Room) -> str:
    if isinstance(block, Prose):
        return f'<div class="prose">{prose(block.markdown)}</div>'
    if isinstance(block, Table):
        return f"<figure>{html_table(block)}{_caption(block.caption, [(block.name, 'csv')])}</figure>"
    assert isinstance(block, Picture)
    still = "".join(_still(name, pictures[name], block.caption, room) for name in block.figures)
    files = [(name, suffix) for name in block.figures for suffix in block.formats]
    files += [(block.name, "csv")] if block.data is not None else []
    if block.chart is None:
        return f'<figure class="plate">{still}{_caption(block.caption, files)}</figure>'
    return (
        f'<figure class="chart" data-chart="{block.name}"><div class="tools"></div><div class="live"></div>'
        f'<div class="still">{still}</div>{_caption(block.caption, files)}</figure>'
    )


def _still(name: str, picture: Inlined, caption: str, room: _Room) -> str:
    if not room.take(len(picture.uri)):
        return f'<p class="beside">Picture next to this page: <a href="{name}.png">{name}.png</a></p>'
    size = f'width="{picture.width}" height="{picture.height}"'
    return f'<img src="{picture.uri}" {size} alt="{attribute(caption)}">'


def _caption(caption: str, files: Sequence[tuple[str, str]]) -> str:
    if len(files) > 7:
        files = [*files[:6], files[-1]]
    links = " ".join(
        f'<a class="file" href="{name}.{suffix}" title="{name}.{suffix}">{suffix}</a>' for name, suffix in files
    )
    return f'<figcaption>{to_inline_html(caption)} <span class="files">{links}</span></figcaption>'


def _facts(facts: Sequence[Fact]) -> str:
    if not facts:
        return ""
    items = "".join(
        f'<div class="{fact.tone}"><dt>{attribute(fact.label)}</dt><dd>{attribute(fact.value)}</dd></div>'
        for fact in facts
    )
    return f'<dl class="facts">{items}</dl>'


def _claims(claims: Sequence[Claim]) -> str:
    count = {verdict: sum(claim.verdict == verdict for claim in claims) for verdict in _SYMBOLS}
    summary = " ".join(
        f'<span class="verdict v{i}">{_SYMBOLS[verdict]} {n} {(_PLURALS if n > 1 else {}).get(verdict, verdict)}</span>'
        for i, (verdict, n) in enumerate(count.items())
        if n
    )
    rows = "\n".join(map(_claim, claims))
    heads = "".join(f'<th scope="col">{name}</th>' for name in _CLAIM_COLUMNS)
    return (
        f'<p class="verdicts">{summary}</p><figure><div class="table claims" tabindex="0" role="region" '
        f'aria-label="claims"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
        f"{_caption('', [('claims', 'csv')])}</figure>"
    )


def _claim(claim: Claim) -> str:
    """A row; its cells name their columns, which a narrow screen has no room for at the top."""
    verdict = (
        f'<span class="verdict v{list(_SYMBOLS).index(claim.verdict)}">{_SYMBOLS[claim.verdict]} {claim.verdict}</span>'
    )
    rule = f'<p class="rule"><b>Rule:</b> {to_inline_html(claim.rule)}</p>' if claim.rule else ""
    why = f"<p>{to_inline_html(claim.why)}</p>" if claim.why else ""
    cells = (verdict, to_inline_html(claim.published), to_inline_html(claim.ours), rule + why)
    data = "".join(f'<td data-label="{name}">{cell}</td>' for name, cell in zip(_CLAIM_COLUMNS[1:], cells, strict=True))
    return f'<tr><th scope="row">{to_inline_html(claim.text)}</th>{data}</tr>'


def _packed(data: Mapping[str, Any]) -> str:
    """Plotly and the charts' data as one gzip stream each."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return (
        f'<script type="text/plain" id="packed-data">{_gzip(text)}</script>\n'
        f'<script type="text/plain" id="packed-library">{_library()}</script>'
    )


def _policy(has_charts: bool) -> str:
    """What browsers let the page do: its own two scripts, known by their hashes, and nothing from elsewhere."""
    scripts = [_script(), *([_plotly()] if has_charts else [])]
    return _POLICY.format(" ".join(f"'sha256-{_digest(script)}'" for script in scripts))


def _script() -> str:
    return f"\n{_asset('page.js')}"


@cache
def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _gzip(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


@cache
def _library() -> str:
    return _gzip(_plotly())


@cache
def _asset(name: str) -> str:
    return resources.files("experiments.page").joinpath(name).read_text(encoding="utf-8")
