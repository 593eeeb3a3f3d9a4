"""The site builds strictly, and needs nothing from a network when it is read."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from docs.generators import api, registries

ROOT = Path(__file__).parents[2]


class Resources(HTMLParser):
    """What a browser loads with a page; links that are followed by hand do not count."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {"script": "src", "img": "src", "iframe": "src", "link": "href"}
        self.found += [value or "" for name, value in attrs if name == names.get(tag)]


def resources(page: Path) -> list[str]:
    parser = Resources()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.found


@pytest.mark.slow
def test_the_site(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for path in [*api.pages(), *registries.pages(), "index.md"]:
        assert (site / path).with_suffix(".html").is_file(), path
    pages = [page for page in site.rglob("*.html") if page.name != "404.html"]
    for page in pages:
        for name in resources(page):
            assert not re.match(r"(https?:)?//", name), f"{page}: {name}"
            assert (page.parent / name.partition("?")[0]).exists() or name.startswith("data:"), f"{page}: {name}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", style.read_text(encoding="utf-8")), style


def test_resources_are_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<a href="https://a"></a><script src="https://b"></script><link href="c.css">')
    assert resources(page) == ["https://b", "c.css"]
