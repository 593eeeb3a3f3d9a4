"""One page per public module, from its docstrings."""

import ast
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

PACKAGES = ("nas_problems", "optimizers", "ela", "experiments")


@cache
def modules() -> tuple[str, ...]:
    """Names of all public modules, packages before what they hold."""
    names: list[str] = []
    for package in PACKAGES:
        names += [package, *_modules_in(package)]
    return tuple(names)


def _modules_in(package: str) -> Iterator[str]:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    for module in sorted(pkgutil.iter_modules(spec.submodule_search_locations), key=lambda each: each.name):
        name = f"{package}.{module.name}"
        if module.name.startswith("_"):
            continue
        yield name
        if module.ispkg:
            yield from _modules_in(name)


def _is_package(module: str) -> bool:
    return any(other.startswith(f"{module}.") for other in modules())


def path(module: str) -> str:
    """Where the page of a module lies."""
    return f"api/{module}{'/index' if _is_package(module) else ''}.md".replace(".", "/", module.count("."))


def navigation() -> list[Any]:
    """The tree of modules, as mkdocs wants it."""
    return [{package: _branch(package)} for package in PACKAGES]


def _branch(package: str) -> list[Any]:
    branch: list[Any] = [path(package)]
    depth = package.count(".") + 1
    for module in modules():
        if module.startswith(f"{package}.") and module.count(".") == depth:
            name = module.rpartition(".")[2]
            branch.append({name: _branch(module) if _is_package(module) else path(module)})
    return branch


def pages() -> dict[str, str]:
    """Path and text of every page."""
    return {path(module): _page(module) for module in modules()}


def _page(module: str) -> str:
    title = f"---\ntitle: {module}\n---\n\n"
    if not _is_package(module):
        return f"{title}::: {module}\n"
    imported = _imported_names(module)
    listed = getattr(importlib.import_module(module), "__all__", ())
    own = [name for name in listed if name not in imported]
    lines = [f"{title}::: {module}", "    options:", f"      members: {own or 'false'}", ""]
    if imported.keys() & set(listed):
        lines += ["**Re-exported**", ""]
        lines += [f"- [`{name}`][{imported[name]}]" for name in listed if name in imported]
    depth = module.count(".") + 1
    children = [name for name in modules() if name.startswith(f"{module}.") and name.count(".") == depth]
    lines += ["", "**Modules**", "", *(f"- [`{name}`][{name}]" for name in children)]
    return "\n".join(lines) + "\n"


def _imported_names(package: str) -> dict[str, str]:
    """Names that a package imports from its modules, each with the path under which it is documented."""
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    imported: dict[str, str] = {}
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module in modules():
            inner = _imported_names(node.module) if _is_package(node.module) else {}
            for alias in node.names:
                imported[alias.asname or alias.name] = inner.get(alias.name, f"{node.module}.{alias.name}")
    return imported
