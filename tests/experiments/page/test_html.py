"""One file, nothing else: what is in it, and what cannot get into it."""

import base64
import gzip
import hashlib
import json
import re
from functools import partial
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from experiments.figures import Curve, Panel, draw
from experiments.page import Boxes, Claim, Heat, Lines, Page, Ranks, literal
from experiments.page import html as html_module

HOSTILE = (
    "</script><script>alert(1)</script>\"'><img src=http://evil.example/x onerror=alert(2)>[a](javascript:alert(3))"
)


class Reader(HTMLParser):
    """All elements with their attributes, and that each is closed."""

    VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "wbr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def panel(label: str, title: str) -> Panel:
    y = np.array([2.0, 1.0, 0.0])
    return Panel(title, "evaluations", "regret (%)", [Curve(label, np.arange(1.0, 4), y, y, y)], y_scale="log")


def full_page(folder: Path, name: str) -> Page:
    """Every kind of block, with a name in every place that takes one."""
    page = Page(folder, title=name, command=f"iohnas report {name}", solvers=[name], problems=[name])
    page.fact(name, name)
    page.heading(name)
    page.text(f"Left out: {literal(name)}")
    page.table(pd.DataFrame({"problem": [name], "solver": [name], name: [name]}), name="t", caption=literal(name))
    lines = [panel(name, name)]
    page.chart(Lines(lines), figures=[partial(draw, lines)], data=None, name="convergence", caption=literal(name))
    page.chart(Boxes({name: {name: np.ones(2)}}, {name: name}), figures=[], data=None, name="boxes", caption="x")
    page.chart(Heat({name: ([name], [name], np.ones((1, 1)))}, name), figures=[], data=None, name="heat", caption="x")
    page.chart(Ranks({name: 1.0}, {name: np.ones(2)}, [[name]]), figures=[], data=None, name="ranks", caption="x")
    page.claim(Claim(literal(name), literal(name), literal(name), "holds", literal(name)))
    return page


@pytest.mark.parametrize("name", ["plain", HOSTILE, "a" * 300, "$\\frac{a}$ & <b>"])
def test_names_are_text_and_nothing_else(tmp_path: Path, name: str) -> None:
    found = Reader(full_page(tmp_path, name).write().read_text())
    assert found.open == []
    scripts = [attributes for tag, attributes in found.elements if tag == "script"]
    assert [attributes.get("type") for attributes in scripts] == ["text/plain", "text/plain", None]
    for tag, attributes in found.elements:
        assert not any(key.startswith("on") for key in attributes), (tag, attributes)
        for key in ("src", "href"):
            address = attributes.get(key) or ""
            assert re.fullmatch(r"|#.*|data:.*|[\w.-]+\.(csv|png|pdf)", address, flags=re.DOTALL), address
    assert name in found.text


def test_nothing_is_asked_of_the_network(tmp_path: Path) -> None:
    """A policy forbids requests, and the page names no address outside of the packed library."""
    text = full_page(tmp_path, "plain").write().read_text()
    assert "default-src 'none'" in text
    readable = re.sub(r'<script type="text/plain".*?</script>', "", text, flags=re.DOTALL)
    assert set(re.findall(r"https?://[\w./-]+", readable)) <= {"http://www.w3.org/2000/svg"}


def test_the_data_of_charts_come_back(tmp_path: Path) -> None:
    text = full_page(tmp_path, HOSTILE).write().read_text()
    packed = re.search(r'id="packed-data">([^<]*)<', text)
    assert packed is not None
    data = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    assert data["problems"] == [HOSTILE]
    assert data["charts"]["convergence"]["panels"][0]["curves"][0] == {
        "label": HOSTILE,
        "x": [1, 2, 3],
        "y": [2, 1, 0],
        "lower": [2, 1, 0],
        "upper": [2, 1, 0],
    }
    assert data["styles"][HOSTILE]["dash"] == "solid"


def test_numbers_that_are_not_finite_are_gaps(tmp_path: Path) -> None:
    boxes = Boxes({"p": {"a": np.array([1.0, np.nan, np.inf])}}, {"p": "y"})
    assert boxes.to_json()["panels"][0]["groups"][0]["values"] == [1, None, None]


def test_pictures_beyond_the_room_lie_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_module, "MAX_PICTURES_BYTES", 0)
    page = Page(tmp_path, title="A page", command="x")
    figure = Figure()
    figure.subplots().plot([0, 1])
    page.figure(figure, name="figure-1", caption="A line.")
    text = page.write().read_text()
    assert "data:image/png" not in text
    assert '<a href="figure-1.png">figure-1.png</a>' in text


def test_a_page_without_charts_is_small(tmp_path: Path) -> None:
    page = Page(tmp_path, title="A page", command="x")
    page.text("Words.")
    assert page.write().stat().st_size < 40_000


def test_headings_of_one_name_have_their_own_anchors(tmp_path: Path) -> None:
    page = Page(tmp_path, title="A page", command="x")
    for _ in range(3):
        page.heading("Results")
        page.text("Words.")
    found = Reader(page.write().read_text())
    sections = [attributes["id"] for tag, attributes in found.elements if tag == "section"]
    assert sections == ["results", "results-2", "results-3"]
    links = [attributes["href"] for tag, attributes in found.elements if tag == "a"]
    assert {f"#{name}" for name in sections} <= set(links)


def test_the_policy_knows_the_page_s_scripts_by_their_hashes(tmp_path: Path) -> None:
    text = full_page(tmp_path, HOSTILE).write().read_text()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    _, allowed = policy[1].split("script-src ")
    assert "unsafe" not in allowed
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    library = re.search(r'id="packed-library">([^<]*)<', text)
    assert library is not None
    scripts.append(gzip.decompress(base64.b64decode(library[1])).decode())
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert allowed == " ".join(f"'sha256-{digest}'" for digest in digests)


@pytest.mark.parametrize(
    "foreign",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](http://example.com/x.png)",
        "a | b",
        "`code`",
        "# heading",
        "**bold** _it_ ~no~ &lt;",
    ],
)
def test_a_readme_shows_foreign_names_as_they_are(foreign: str, tmp_path: Path) -> None:
    page = Page(tmp_path, title=foreign, command=f"iohnas report {foreign}")
    page.fact(foreign, foreign)
    page.heading(foreign)
    page.table(pd.DataFrame({foreign: [foreign]}), name="t", caption=literal(foreign))
    figure = Figure()
    figure.subplots()
    page.figure(figure, name="f", caption=literal(foreign))
    page.write()
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    rendered = parser.render((tmp_path / "README.md").read_text(encoding="utf-8"))
    tags = set(re.findall(r"<(\w+)", rendered))
    assert tags <= {
        "h1",
        "h2",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "em",
        "a",
        "img",
        "hr",
        "code",
    }
    links = re.findall(r'(?:href|src)="([^"]*)"', rendered)
    assert sorted(links) == ["f.pdf", "f.png", "t.csv"]
    assert escape(foreign) in rendered
