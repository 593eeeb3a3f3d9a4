"""A record of a run, for the tests of everything that keeps one."""

from experiments.folder.record import RunRecord

KEY = "nb201-cifar10/random-search/i1-s1"
RECORD = RunRecord(
    key=KEY,
    problem="nb201-cifar10",
    suite="nas201",
    algorithm="random-search",
    noise="mean",
    fidelity="epochs 200",
    instance=1,
    repetition=1,
    seed=123,
    budget=10,
    n_evaluations=10,
    objective="validation error (%)",
    target=8.393,
    target_is_optimum=True,
    final_regret=0.0,
    n_failed=0,
    failure="",
    cost_seconds=1.5,
    wall_seconds=0.1,
)
