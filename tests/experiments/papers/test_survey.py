"""The survey's map: whole, and true of what is registered."""

import pytest

from experiments.papers.survey import page
from experiments.papers.survey.taxonomy import ESTIMATION, SPACES, STRATEGIES, Named

TABLES = {"spaces": SPACES, "strategies": STRATEGIES, "estimation": ESTIMATION}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_what_is_named_is_registered_or_has_a_reason(table: str) -> None:
    """No name that does not exist; what is missing says why."""
    known = page.known_names()
    for named in TABLES[table]:
        assert set(named.ours) <= set(known), named.what
        assert named.note or any(name in known for name in named.ours), named.what


def test_every_row_of_the_map_is_full() -> None:
    """No empty cell, also where nothing was measured or published."""
    for table in TABLES.values():
        frame = page.comparison_table(table, {})
        assert not frame.isna().any(axis=None)
        assert (frame != "").all(axis=None)


def test_commands_run_what_there_is() -> None:
    """A problem is searched, a solver searches, a page is reproduced; nothing has no command."""
    known = page.known_names()
    commands = {kind: page.command_for(Named("x", "", (name,)), known) for name, kind in known.items()}
    assert "--solvers" in commands["solver"]
    assert "--problems" in commands["problem"]
    assert commands["page"].startswith("iohnas reproduce ")
    nothing = Named("x", "", ("no-such-solver",))
    assert (page.command_for(nothing, known), page.available_in_iohnas(nothing, known)) == ("none", "not in iohnas")


def test_strategies_that_are_measured_are_solvers_of_one_objective() -> None:
    """Each measured strategy runs on a table; the RL solvers and the evolutionary ones are among them."""
    measured = page.measured_solvers()
    assert {"random-search", *page._RL, *page._EVOLUTION, "mcts", "pnas", "local-search"} <= set(measured)
    assert not page._LEFT_OUT & set(measured)
