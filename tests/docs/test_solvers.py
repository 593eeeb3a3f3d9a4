from docs.solvers import PAGE, page


def test_the_page_of_solvers_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: python -m docs.solvers"
