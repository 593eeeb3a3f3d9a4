"""TOML of a stranger, wherever we read any."""

from collections.abc import Callable
from pathlib import Path

import pytest

import nas_problems
from experiments.landscape.portfolio_runs import read_plan
from experiments.study import Study
from experiments.text.toml import from_toml
from nas_problems.space_file import read_space
from nas_problems.toml_text import load_toml, read_toml

READERS: dict[str, Callable[[Path], object]] = {
    "any": read_toml,
    "a space": read_space,
    "a problem": lambda path: nas_problems.make(str(path)),
    "a plan of a portfolio": read_plan,
    "a study": Study.read,
}
TEXTS: dict[str, tuple[bytes, str]] = {
    "a key of 20,000 parts": (b".".join([b"a"] * 20_000) + b" = 1\n", "wanted keys of at most 16 parts"),  # took 19 s
    "a header of 20,000 parts": (b"[" + b".".join([b"a"] * 20_000) + b"]\n", "wanted keys of at most 16 parts"),
    "a key of quoted parts": (b".".join([b'"a"', b"'b'"] * 10_000) + b" = 1\n", "wanted keys of at most 16 parts"),
    "strings without end": (b'"""\\' * 250_000, "not TOML"),
    "others without end": (b"'''a''" * 160_000, "not TOML"),
    "a word of a million letters": (b"a" * 10**6, "not TOML|Expected"),  # took hours: looked at from every letter
    "a word and a million spaces": (b"a" + b" " * 10**6, "not TOML|Expected"),
    "a million quotes": (b'"' * 10**6, "not TOML|Expected"),
    "words without end": (b"a.b " * 250_000, "not TOML|Expected"),
    "an integer of 5,000 digits": (b"a = " + b"9" * 5000 + b"\n", "wanted integers of at most 64 bits"),
    "lists in lists": (b"a = " + b"[" * 5000 + b"\n", "not TOML|recursion"),
    "bytes": (b"\xff\xfe\x00", "not TOML|decode"),
    "another format": (b'{"a": 1}', "not TOML|Invalid"),
    "nothing": (b"\x00" * 10, "not TOML|Invalid|cannot parse"),
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("reader", READERS)
def test_hostile_toml_is_one_clear_error_at_once(reader: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    content, message = TEXTS[text]
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"some\.toml: .*({message})"):
        READERS[reader](path)


def test_strings_comments_and_fractions_are_no_keys_and_no_integers() -> None:
    digits, path = "1" * 45, ".".join("abcdefghijklmnopqrstuvwxyz")
    text = (
        f"# see {path} and {digits}\n"
        f'a = "{digits}, \\"{path}"\n'
        f"b = '{path}' # {path}\n"
        f'c = """\n"{path}"\n{digits}"""\n'
        f"d = 0.{digits}\n"
        f"\"e\" = '''{path}'''\n"
    )
    read = load_toml(text)
    assert read["a"] == f'{digits}, "{path}' and read["b"] == read["e"] == path
    assert read["c"] == f'"{path}"\n{digits}' and read["d"] == float(f"0.{digits}")
    with pytest.raises(ValueError, match=r"wanted keys of at most 16 parts, found .* in line 9"):
        load_toml(f"{text}{path} = 1\n")


def test_a_mark_of_the_order_of_bytes_is_no_text() -> None:
    """Editors of Windows write one."""
    assert load_toml(b"\xef\xbb\xbfa = 1\n") == {"a": 1}


@pytest.mark.parametrize("reader", ["any", "a space", "a problem", "a plan of a portfolio"])
def test_files_that_are_too_large_are_not_read(reader: str, tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    path.write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(ValueError, match=r"some\.toml: wanted at most 1048576 bytes, found more"):
        READERS[reader](path)


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000 + "\n", "a = " + '{"b":' * 100_000 + "\n"])
def test_records_of_lists_in_lists_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="wanted values, found lists in lists without end"):
        from_toml(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("budget = 10", "budget = -4"), "budget: wanted an integer >= 1, found -4"),
        (("budget = 10", "budget = 1.9"), "budget: wanted an integer >= 1, found 1.9"),  # was taken for 1
        (("budget = 10", 'budget = "10"'), "budget: wanted an integer"),
        (("budget = 10", "budget = inf"), "budget: wanted an integer"),
        (("seeds = [1]", 'seeds = "abc"'), "seeds: wanted an integer >= 0, found 'a'"),
        (("seeds = [1]", "seeds = 3"), "not iterable"),
        (('some = ["pbo-f1[dimension=4]"]', 'some = "pbo"'), "some: wanted a list of names, found 'pbo'"),  # p, b, o
        (('problems = ["some"]', 'problems = ["other"]'), "KeyError: other"),
        (("[[part]]", "[part]"), "TypeError"),
    ],
)
def test_plans_of_portfolios_that_cannot_be(change: tuple[str, str], message: str, tmp_path: Path) -> None:
    good = (
        '[problems]\nsome = ["pbo-f1[dimension=4]"]\n[solvers]\nall = ["random-search"]\n'
        '[[part]]\nproblems = ["some"]\nsolvers = ["all"]\nbudget = 10\nseeds = [1]\n'
    )
    path = tmp_path / "plan.toml"
    path.write_text(good)
    assert read_plan(path)[0].budget == 10
    path.write_text(good.replace(*change))
    with pytest.raises(ValueError, match=rf"plan\.toml: wanted groups and parts with .*{message}"):
        read_plan(path)
