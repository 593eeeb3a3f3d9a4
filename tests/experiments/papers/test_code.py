"""Which code made a page: digests of modules, and which modules a page is computed by."""

import pytest

from experiments.papers import reproductions
from experiments.papers.code import digest_of_source, digests_of, modules_of

SOURCE = '''"""A module."""

LIMIT = 3
"""At most."""


def double(x: int, *, by: int = 2) -> str:
    """Twice as much."""
    return f"{x * by:>{LIMIT}} times"
'''


@pytest.mark.parametrize(
    ("old", "new", "is_equal"),
    [
        ("Twice as much.", "More.", True),
        ('"""At most."""\n', "", True),
        ("    return", "\n    # why\n    return", True),
        ("LIMIT = 3", "LIMIT = (3)", True),
        ("LIMIT = 3", "LIMIT = 4", False),
        ("LIMIT = 3", "LIMIT = 3.0", False),
        ("LIMIT = 3", "LIMIT = None", False),
        ("x * by", "by * x", False),
        (" times", " Times", False),
        ("= 2", "= True", False),
    ],
)
def test_a_digest_is_of_what_python_reads(old: str, new: str, is_equal: bool) -> None:
    """Comments, docstrings and layout do not count; values, their types, and order do."""
    assert old in SOURCE
    assert (digest_of_source(SOURCE) == digest_of_source(SOURCE.replace(old, new))) is is_equal


def test_digests_are_the_same_in_all_versions_of_python() -> None:
    """Stored with 3.11; run by the tests of every version."""
    assert digest_of_source(SOURCE) == "83cb27161a7a"


def test_a_page_is_computed_by_its_package_and_by_what_it_names() -> None:
    """Own modules, imports within functions, and problems and solvers by name or by the beginning of one."""
    modules = modules_of("centroid-init")
    for name in ("page", "sections.search", "work"):
        assert f"experiments.papers.centroid_init.{name}" in modules
    assert "experiments.papers.stored" in modules and "nas_problems.problem" in modules
    assert "nas_problems.catalog.nas_bench_101_recorded" in modules  # made by name
    assert "optimizers.catalog.aging_evolution" in modules
    assert "experiments.papers.survey.page" not in modules
    assert "nas_problems.catalog.yahpo" in modules_of("metric-malfunction")  # f"yahpo-rbv2_xgboost-{instance}"


def test_every_page_has_a_digest_of_each_module() -> None:
    """The registered ones, all of them."""
    for entry in reproductions:
        found = digests_of(entry.name)
        assert all(len(digest) == 12 for digest in found.values())
        assert entry.factory.__module__ in found
