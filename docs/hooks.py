"""Hooks of mkdocs: pages that are made from the code, and links from sources to the bibliography."""

import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

# mkdocs loads this file by its path
sys.path.insert(0, str(Path(__file__).parents[1]))

from docs.generators import api, bibliography, command_line, registries
from docs.results import stored_pages


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the stored pages of the papers and the API reference to the navigation."""
    assert config.nav is not None
    papers = next(entry["Papers"] for entry in config.nav if "Papers" in entry)
    papers.extend(["results/README.md", *(f"results/{name}/README.md" for name in stored_pages())])
    config.nav.append({"API": api.navigation()})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from the code."""
    pages = registries.pages() | api.pages()
    pages["reference/command-line.md"] = command_line.page()
    pages["reference/bibliography.md"] = bibliography.page()
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_content(html: str, page: Any, **_: object) -> str:
    """Link the keys of sources to the bibliography."""
    return bibliography.link_sources(html, page.url)
