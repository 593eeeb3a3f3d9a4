"""NAS-Bench-301's models, on small ones in the published layout."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nas_problems
from nas_problems.cell.genotype import read_genotype
from nas_problems.datasets import nas_bench_301
from nas_problems.datasets.nas_bench_301 import COLUMNS, convert, inputs, stored_path
from nas_problems.datasets.upstream import DataUnavailableError

PREFIX = "NetworkSelectorDatasetInfo:darts:"
TEXT = (
    "Genotype(normal=[('max_pool_3x3', 0), ('dil_conv_5x5', 1), ('sep_conv_3x3', 2), ('skip_connect', 0), "
    "('sep_conv_5x5', 1), ('avg_pool_3x3', 3), ('dil_conv_3x3', 4), ('skip_connect', 2)], normal_concat=range(2, 6), "
    "reduce=[('skip_connect', 0), ('skip_connect', 1), ('skip_connect', 0), ('skip_connect', 1), ('skip_connect', 0), "
    "('skip_connect', 1), ('skip_connect', 3), ('skip_connect', 4)], reduce_concat=range(2, 6))"
)


def test_what_the_models_see() -> None:
    """By hand: operations by number on the edges that there are, -1 on others, pairs of inputs by number."""
    row = dict(zip(COLUMNS, inputs(read_genotype(TEXT)[None])[0].tolist(), strict=True))
    assert len(row) == 56
    normal = [row[f"{PREFIX}edge_normal_{edge}"] for edge in range(14)]
    assert normal == [0, 6, 2, -1, 3, -1, 4, -1, 1, -1, -1, 2, -1, 5]
    pairs = [row[f"{PREFIX}inputs_node_{cell}_{node}"] for cell in ("normal", "reduce") for node in (3, 4, 5)]
    assert pairs == [1, 4, 8, 0, 0, 9]  # of 0_1 0_2 1_2; 0_1 0_2 0_3 1_2 1_3 2_3; ... 2_3 2_4 3_4
    assert row["OptimizerSelector:sgd:momentum"] == pytest.approx(0.898876)


def test_the_order_of_columns() -> None:
    """What every configuration has comes first, each part by name."""
    assert COLUMNS[0] == "CreateImageDataLoader:batch_size" and COLUMNS[31].startswith("SimpleTrainNode:mixup")
    assert COLUMNS[32:35] == tuple(f"{PREFIX}edge_normal_{edge}" for edge in (10, 11, 12))
    assert COLUMNS[-1] == f"{PREFIX}edge_reduce_9"


def test_what_configspace_makes_of_the_published_space() -> None:
    """Six drawn cells, as vectors of ConfigSpace 0.6.1 from the released configspace.json with the overrides of the
    released code (layers, channels, T_max and eta_min up to 10,000), inactive parts as -1.
    """
    stored = json.loads((Path(__file__).parent / "nb301_vectors.json").read_text())
    assert tuple(stored["names"]) == COLUMNS
    Z = np.stack([read_genotype(text) for text in stored["genotypes"]])
    assert np.abs(inputs(Z) - np.array(stored["vectors"])).max() < 1e-12


def model(base: float, column: int = COLUMNS.index(f"{PREFIX}edge_normal_0")) -> dict[str, Any]:
    """A tree in XGBoost's JSON: one point more where the first edge is not a pooling."""
    tree = {
        "left_children": [1, -1, -1],
        "right_children": [2, -1, -1],
        "split_indices": [column, 0, 0],
        "split_conditions": [2.0, 0.0, 1.0],
        "split_type": [0, 0, 0],
    }
    parameters = {"base_score": str(base), "num_class": "0", "num_feature": "56"}
    booster = {"name": "gbtree", "model": {"trees": [tree]}}
    return {"learner": {"learner_model_param": parameters, "gradient_booster": booster}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two members in the published layout, and an empty cache."""
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    nas_bench_301.load.cache_clear()
    for name, base in (("0", 92.0), ("1", 94.0)):
        place = tmp_path / "xgb_v1.0" / f"{name}_seed"
        place.mkdir(parents=True)
        (place / "surrogate_model.json").write_text(json.dumps(model(base)))
    return tmp_path / "xgb_v1.0"


def test_members_are_seeds(folder: Path) -> None:
    """The mean of both, each alone, and a draw of them."""
    with pytest.raises(DataUnavailableError, match="iohnas data import"):
        nas_problems.make("nb301-cifar10")(read_genotype(TEXT)[None])
    assert convert(folder) == (2, stored_path())
    Z = np.stack([read_genotype(TEXT), read_genotype(TEXT.replace("max_pool_3x3", "sep_conv_3x3"))])
    assert nas_problems.make("nb301-cifar10")(Z) == pytest.approx([7.0, 6.0])
    assert nas_problems.make("nb301-cifar10", noise="seed-1")(Z) == pytest.approx([6.0, 5.0])
    drawn = nas_problems.make("nb301-cifar10", noise="sampled")(
        np.repeat(Z[:1], 50, axis=0), rng=np.random.default_rng(0)
    )
    assert set(np.round(drawn, 6)) == {6.0, 8.0}
    noisy = nas_problems.make("nb301-cifar10", noise="scaled:1")(
        np.repeat(Z[:1], 500, axis=0), rng=np.random.default_rng(0)
    )
    assert noisy.mean() == pytest.approx(7.0, abs=0.2) and noisy.std() == pytest.approx(1.0, abs=0.1)
    with pytest.raises(ValueError, match=r"wanted seed-0 \.\.\. seed-1, one for each member, found 'seed-2'"):
        nas_problems.make("nb301-cifar10", noise="seed-2")(Z)


def test_what_cannot_be_converted(folder: Path, tmp_path: Path) -> None:
    """An empty folder says how to make the files; a model of other columns is refused."""
    with pytest.raises(FileNotFoundError, match=r"surrogate_model\.json in it, found none; XGBoost before 3\.2"):
        convert(tmp_path / "cache")
    (folder / "0_seed" / "surrogate_model.json").write_text(json.dumps(model(92.0, column=56)))
    with pytest.raises(ValueError, match="wanted 56 columns, found one that looks at 56"):
        convert(folder)
