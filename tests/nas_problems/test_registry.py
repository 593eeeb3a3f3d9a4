"""Registries: names, catalogues and plug-ins that cannot be imported."""

import sys
from pathlib import Path

import pytest
from hypothesis import given

import nas_problems
from nas_problems.registry import Registry
from tests.nas_problems.strategies import mistakes


@pytest.fixture
def registry() -> Registry[int]:
    registry: Registry[int] = Registry("number")
    registry.register("one", summary="the first", family="odd")(1)
    registry.register("two", summary="the second", family="even")(2)
    return registry


def test_entries(registry: Registry[int]) -> None:
    assert registry.names() == ("one", "two")
    assert registry["one"].factory == 1 and registry["one"].summary == "the first" and registry["one"].family == "odd"
    assert "one" in registry and "three" not in registry and len(registry) == 2
    assert [entry.name for entry in registry] == ["one", "two"]


def test_names_are_checked_and_taken_once(registry: Registry[int]) -> None:
    with pytest.raises(ValueError, match="number name: wanted a name of letters"):
        registry.register("a b", summary="", family="")
    with pytest.raises(ValueError, match="number name: 'one' is registered already"):
        registry.register("one", summary="", family="")(3)
    registry.unregister("one")
    registry.register("one", summary="", family="")(3)
    assert registry["one"].factory == 3


def test_unknown_names_come_with_the_nearest_ones(registry: Registry[int]) -> None:
    with pytest.raises(KeyError, match="unknown number 'onne'; the nearest names are one"):
        registry["onne"]
    with pytest.raises(KeyError, match="unknown number 'xyz'; known are one, two"):
        registry["xyz"]
    with pytest.raises(KeyError, match="unknown number 'The-Second'; the nearest names are two"):  # by what it is
        registry["The-Second"]
    with pytest.raises(KeyError, match="unknown number 'three'"):
        registry.unregister("three")
    with pytest.raises(KeyError, match="nb201-cifar10"):
        nas_problems.make("nb201_cifar10")


@given(mistakes)
def test_an_unknown_name_is_a_key_error_and_what_is_not_a_name_a_value_error(wrong: object) -> None:
    assert wrong not in nas_problems.problems
    is_name = isinstance(wrong, str) and wrong.strip() and not set("[]") & set(wrong)
    with pytest.raises(KeyError if is_name else ValueError, match="unknown problem" if is_name else "wanted"):
        nas_problems.make(wrong)  # type: ignore[arg-type]  # what is tested


def _write_catalog(folder: Path, name: str, **modules: str) -> None:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("")
    for module, text in modules.items():
        (folder / name / f"{module}.py").write_text(text)


def test_a_catalog_is_imported_at_first_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "from tests.nas_problems import test_registry as t\nt.found.register({!r}, summary='', family='')(0)\n"
    _write_catalog(tmp_path, "catalog_a", b=text.format("b"), a=text.format("a"))
    monkeypatch.syspath_prepend(tmp_path)
    found: Registry[int] = Registry("number", catalog="catalog_a")
    monkeypatch.setattr(sys.modules[__name__], "found", found, raising=False)
    assert "catalog_a.a" not in sys.modules
    assert found.names() == ("a", "b")


def test_a_plug_in_that_cannot_be_imported_is_reported_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: the second call answered as if the catalog were complete."""
    _write_catalog(tmp_path, "catalog_b", broken="raise RuntimeError('broken plug-in')\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry: Registry[int] = Registry("number", catalog="catalog_b")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="broken plug-in"):
            registry.names()


def test_names_of_the_catalog_are_taken() -> None:
    assert nas_problems.names()
    with pytest.raises(ValueError, match="'mlp-car' is registered already"):
        nas_problems.register("mlp-car", summary="", family="")(nas_problems.problems["mlp-car"].factory)
