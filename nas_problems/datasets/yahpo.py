"""YAHPO Gym's files: a ConfigSpace description, the codes of choices, and the model of every scenario.

Read by us, so that neither ConfigSpace nor yahpo-gym (which pins numpy < 2) is needed.

Source: pfisterer2022.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.condition import Condition, active_parameters, inactive_to_lowest
from nas_problems.datasets.upstream import UpstreamFile
from nas_problems.parameter import Categorical, Integer, Parameter, Real
from nas_problems.space import Codes, SearchSpace

_COMMIT = "https://raw.githubusercontent.com/slds-lmu/yahpo_data/efdab9072f63bd680396cd4b78b927c4a0caaad3"
INACTIVE = "#na#"
"""The choice that the models know for a categorical parameter that does not apply."""


@dataclass(frozen=True)
class Scenario:
    """One scenario: a learner tuned on many data sets.

    Args:
        name: Its folder upstream.
        instance_name: The parameter that names the data set; empty: there is one set only.
        numeric: Columns of the model's numeric input, in order. (The order is in yahpo-gym's code,
            not in its files.)
        categorical: Columns of the categorical input, in order.
        targets: Outputs, in order.
        model_sha256: Hash of ``model.onnx``; ``git:`` and its name in git where no more is known of it.
        config_space_sha256: Hash of ``config_space.json``.
        encoding_sha256: Hash of ``encoding.json``.
    """

    name: str
    instance_name: str
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    targets: tuple[str, ...]
    model_sha256: str
    config_space_sha256: str
    encoding_sha256: str

    def file(self, name: str) -> UpstreamFile:
        """One of ``model.onnx``, ``config_space.json``, ``encoding.json``."""
        sha256 = {
            "model.onnx": self.model_sha256,
            "config_space.json": self.config_space_sha256,
            "encoding.json": self.encoding_sha256,
        }[name]
        return UpstreamFile(f"yahpo/{self.name}/{name}", f"{_COMMIT}/{self.name}/{name}", sha256, "Apache-2.0")

    @property
    def files(self) -> tuple[UpstreamFile, ...]:
        """All three."""
        return tuple(self.file(name) for name in ("model.onnx", "config_space.json", "encoding.json"))

    @property
    def at_hand(self) -> bool:
        """Whether all three files can be read without a download."""
        return all(file.at_hand for file in self.files)

    @cached_property
    def _description(self) -> Mapping[str, Any]:
        description: Mapping[str, Any] = json.loads(self.file("config_space.json").read())
        return description

    @cached_property
    def _encoding(self) -> Mapping[str, Mapping[str, int]]:
        encoding: Mapping[str, Mapping[str, int]] = json.loads(self.file("encoding.json").read())
        return encoding

    @cached_property
    def instances(self) -> tuple[str, ...]:
        """Names of the data sets, as the description lists them."""
        (parameter,) = (entry for entry in self._description["hyperparameters"] if entry["name"] == self.instance_name)
        return tuple(parameter["choices"])

    def parameters(self, *, without: tuple[str, ...]) -> tuple[Parameter, ...]:
        """The parameters that are searched: all but the named ones."""
        entries = self._description["hyperparameters"]
        return tuple(read_parameter(entry) for entry in entries if entry["name"] not in without)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions; those of a parent come before those of its children.

        Raises:
            ValueError: Parameters that depend on each other in a circle.
        """
        left = [read_condition(entry) for entry in self._description["conditions"]]
        conditions: list[Condition] = []
        while left:
            conditional = {condition.parameter for condition in left}
            ready = [condition for condition in left if condition.parent not in conditional]
            if not ready:
                raise ValueError(f"conditions: wanted no cycle, found one among {sorted(conditional)}")
            conditions += ready
            left = [condition for condition in left if condition not in ready]
        return tuple(conditions)

    def search_space(self, *, fixed: tuple[str, ...]) -> SearchSpace:
        """The space of the parameters that are not fixed.

        Its canonical form sets parameters that do not apply to their lowest code, so that configurations
        that mean the same have one code.
        """
        parameters = self.parameters(without=fixed)
        canonical = inactive_to_lowest(parameters, self.conditions) if self.conditions else None
        return SearchSpace(parameters, canonical_form=canonical)

    def inputs(self, space: SearchSpace, Z: Codes, fixed: Mapping[str, float | str]) -> dict[str, NDArray[Any]]:
        """The model's inputs: raw values, 0 or ``#na#`` where a parameter does not apply.

        Args:
            space: The space of ``search_space``.
            Z: Its codes, shape (n, d).
            fixed: Value of every other parameter: data set and fidelities.

        Returns:
            ``x_cont`` float32 (n, numeric) and ``x_cat`` int32 (n, categorical).
        """
        active = active_parameters(space.parameters, self.conditions)(Z)
        column = {name: j for j, name in enumerate(space.names)}
        numeric = np.empty((len(Z), len(self.numeric)), dtype=np.float32)
        for i, name in enumerate(self.numeric):
            if name in column:
                j = column[name]
                parameter = space.parameters[j]
                offset = parameter.low if isinstance(parameter, Integer) else 0.0
                numeric[:, i] = np.where(active[:, j], Z[:, j] + offset, 0.0)
            else:
                numeric[:, i] = fixed[name]
        categorical = np.empty((len(Z), len(self.categorical)), dtype=np.int32)
        for i, name in enumerate(self.categorical):
            codes = self._encoding[name]
            if name in column:
                j = column[name]
                parameter = space.parameters[j]
                assert isinstance(parameter, Categorical)
                known = np.array([codes[str(choice)] for choice in parameter.choices], dtype=np.int32)
                categorical[:, i] = np.where(active[:, j], known[Z[:, j].astype(np.int64)], codes[INACTIVE])
            else:
                categorical[:, i] = codes[str(fixed[name])]
        return {"x_cont": numeric, "x_cat": categorical}


def read_parameter(entry: Mapping[str, Any]) -> Parameter:
    """One hyperparameter of a ConfigSpace description in json (format of version 0.4).

    Raises:
        ValueError: A type that is not known here.

    >>> read_parameter({"name": "eta", "type": "uniform_float", "log": True, "lower": 0.001, "upper": 1.0})
    Real(name='eta', low=0.001, high=1.0, log=True, step=0.1)
    """
    name, kind = entry["name"], entry["type"]
    if kind == "uniform_float":
        return Real(name, float(entry["lower"]), float(entry["upper"]), log=bool(entry["log"]))
    if kind == "uniform_int":
        return Integer(name, int(entry["lower"]), int(entry["upper"]), log=bool(entry["log"]))
    if kind == "categorical":
        return Categorical(name, tuple(entry["choices"]))
    if kind == "constant":
        return Categorical(name, (entry["value"],))
    raise ValueError(f"{name}: wanted uniform_float, uniform_int, categorical or constant, found {kind!r}")


def read_condition(entry: Mapping[str, Any]) -> Condition:
    """One condition of a ConfigSpace description in json.

    Raises:
        ValueError: A type that is not known here.
    """
    if entry["type"] == "EQ":
        return Condition(entry["child"], entry["parent"], (str(entry["value"]),))
    if entry["type"] == "IN":
        return Condition(entry["child"], entry["parent"], tuple(map(str, entry["values"])))
    raise ValueError(f"condition of {entry['child']}: wanted EQ or IN, found {entry['type']!r}")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_XGBOOST = (
    "nrounds eta gamma lambda alpha subsample max_depth min_child_weight colsample_bytree colsample_bylevel "
    "rate_drop skip_drop trainsize repl"
)
_RBV2 = _words("acc bac auc brier f1 logloss timetrain timepredict memory")

_DARTS = "NetworkSelectorDatasetInfo_COLON_darts_COLON_"

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            "rbv2_xgboost",
            "task_id",
            _words(_XGBOOST),
            ("task_id", "booster", "num.impute.selected.cpo"),
            _RBV2,
            "85125b6d97f553d10cd50f9e632e1a3f1ad44bcb00300dd2880d70dfd043d9f3",
            "acf4485d314d86801f61b615d64ffea7859c414c363da9e7f943621468ebbda4",
            "0bd3cf9a4c9459a3148adf740f20b347fd11a6714f89348f41467a8f1206172a",
        ),
        Scenario(
            "lcbench",
            "OpenML_task_id",
            _words("epoch batch_size learning_rate momentum weight_decay num_layers max_units max_dropout"),
            ("OpenML_task_id",),
            (
                "time",
                "val_accuracy",
                "val_cross_entropy",
                "val_balanced_accuracy",
                "test_cross_entropy",
                "test_balanced_accuracy",
            ),
            "b45c0d85ae39abf8820c8bea5ac82f415763afcbaf3b725e36af452b09cb6dcd",
            "4d1c78a91429b4a37628e13f286cf1abe15f778a09722a4c01714f2d72a8200d",
            "d8af928f412bbeb07e58ecd69877fcab35fbc595333d1c1c3f76120d2f2508da",
        ),
        Scenario(
            "rbv2_rpart",
            "task_id",
            _words("cp maxdepth minbucket minsplit trainsize repl"),
            ("task_id", "num.impute.selected.cpo"),
            _RBV2,
            "af34bb810107fd809bdd74be227685fb2a1c5cb7b1f3c2dde5629e42ef6819f3",
            "86de5b9c8f9bc2f82eaafa099b9920445ce6edbe56509c9736af71d53ef4a630",
            "e978cd3de5b8fbad4f7dbb7a15bed94738d37c24a0bfb3cbdf33509ba91df49c",
        ),
        Scenario(
            "iaml_glmnet",
            "task_id",
            ("alpha", "s", "trainsize"),
            ("task_id",),
            _words("mmce f1 auc logloss ramtrain rammodel rampredict timetrain timepredict mec ias nf"),
            "5c9b1541e37604993098ba23b04695bfe38d009108e9de0a26c3f161265b5a7a",
            "0ad5fb8f4205f54be13ded2af5f9b34f840914dc0457f1ed6be215b7885fb0f9",
            "e04ffd8c9bfdcb2e8b9c08c38d828e40d7be3ef90c8895f3e7e84b8b4348c3d1",
        ),
        Scenario(
            "nb301",
            "",
            ("epoch",),
            tuple(f"{_DARTS}edge_{cell}_{edge}" for cell in ("normal", "reduce") for edge in range(14))
            + tuple(f"{_DARTS}inputs_node_{cell}_{node}" for cell in ("normal", "reduce") for node in (3, 4, 5)),
            ("val_accuracy", "runtime"),
            "git:ea5f6a2f53a8498ba308caee08a5c1717434c6ad",
            "3135c6f8347f491fd31e8fa7a5e9607ea926c9a8558a6a21a1419d55a01884f2",
            "b16bb8db9aa5a9b688cd97e782643abe96bd166baa445675f57cbcf5e6128a98",
        ),
    )
}
"""The scenarios whose models are small enough to be fetched one by one."""
