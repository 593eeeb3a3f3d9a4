"""What ``import nas_problems`` brings along, seen in fresh processes."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "nevergrad", "matplotlib", "sklearn", "scipy", "pandas", "ioh", "pymoo", "optuna", "onnxruntime")


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import nas_problems",
        "import nas_problems; nas_problems.names()",
        "import nas_problems; nas_problems.make('nb201-cifar10')([[0] * 6])",
        "import nas_problems; [nas_problems.make(e.name) for e in nas_problems.problems if e.family == 'live']",
        "import nas_problems.testing",
    ],
)
def test_no_heavy_library_is_imported(code: str) -> None:
    assert run(f"{code}; import sys; print(sorted(set({HEAVY}) & set(sys.modules)))").strip() == "[]"


def test_a_problem_as_published_is_the_same_in_every_process() -> None:
    code = """
import nas_problems, numpy as np
for name in ("nb201-cifar100", "fcnet-slice", "mlp-vehicle"):
    for noise in ("mean", "sampled", "seed-1", "scaled:1"):
        problem = nas_problems.make(name, noise=noise, instance=4)
        Z = problem.space.sample(5, np.random.default_rng(0))
        print(name, problem.log_id, Z.tolist(), problem(Z, rng=np.random.default_rng(0)).tolist(), problem.target)
"""
    assert run(code) == run(code)
