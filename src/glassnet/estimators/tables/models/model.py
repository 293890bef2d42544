"""`TableModel`: a trained table model that predicts, without scikit-learn."""

from __future__ import annotations

from abc import ABC
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from glassnet.engine.checks.memory import usable_cores
from glassnet.estimators.networks.parameters import thread_count
from glassnet.estimators.networks.portable import Portable
from glassnet.estimators.recipes.embedding import ColumnInputs
from glassnet.estimators.recipes.preset import Problem
from glassnet.estimators.tables.models.answers import Answers
from glassnet.estimators.training.fitted_table import FittedTable
from glassnet.files import ModelFile
from glassnet.formulas import Parameter
from glassnet.tables import Schema

_TIME_BUDGET = Parameter("time_budget", 60.0, "seconds that the training may take", 0.0, open_low=True)


class TableModel(Answers, Portable, ABC):
    """A table model with its parameters and, once trained or loaded, its predictions."""

    task: ClassVar[str]
    n_features_in_: int
    feature_names_in_: np.ndarray
    _beside_y = False

    if TYPE_CHECKING:  # of scikit-learn's base, or of `Settings`

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """The parameters."""

        def set_params(self, **parameters: Any) -> Self:
            """Set some of them."""

    def __init__(
        self, hidden_layer_sizes: Any = "auto", activation: Any = "auto", *, recipe: str = "auto",
        optimizer: Any = "auto", learning_rate: float | str = "auto", schedule: Any = "auto",
        epochs: int | str = "auto", batch_size: int | str = "auto", l1: float | str = "auto", l2: float | str = "auto",
        validation_fraction: float = 0.2, patience: int | str = "auto", random_state: Any = 0,
        n_jobs: int | None = None, n_networks: int | str = "auto", resampling: str = "auto",
        dropout: float | str = "auto", label_smoothing: float | str = "auto", scaling: str = "auto",
        embedding: str = "auto", time_budget: float | None = None, verbose: bool = False,
    ) -> None:  # fmt: skip
        self.recipe = recipe
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.epochs = epochs
        self.batch_size = batch_size
        self.l1 = l1
        self.l2 = l2
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.n_networks = n_networks
        self.resampling = resampling
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.scaling = scaling
        self.embedding = embedding
        self.time_budget = time_budget
        self.verbose = verbose

    def _problem(self, n_rows: int, schema: Schema) -> Problem:
        """The facts on which the recipe may depend."""
        if self.time_budget is not None:
            _TIME_BUDGET.check(self.time_budget, type(self).__name__)
        threads = thread_count(self.n_jobs) or usable_cores()
        columns = tuple(map(ColumnInputs.of, schema.inputs))
        image = schema.image_column
        shape = None if image is None else image.shape
        return Problem(self.task, n_rows, len(schema.feature_names), self.time_budget, threads, columns, shape)

    def _stored_parameters(self) -> dict[str, Any]:
        """The parameters for a file; what a time budget decided is written out, as it depends on the threads."""
        given: dict[str, Any] = self.get_params(deep=False)
        if self.time_budget is not None:
            given["time_budget"] = None
            if self.recipe_.hidden or not self.recipe_.linear_rival:  # not what linear models trained in their place
                given |= {"epochs": self.recipe_.epochs, "patience": self.recipe_.patience}
        return given

    @property
    def parts_(self) -> tuple[Any, ...]:
        """If networks of several settings or layers are averaged, a model for each of them."""
        return tuple(map(self._part, self.fitted_.parts)) if "fitted_" in self.__dict__ else ()

    def _part(self, fitted: FittedTable) -> Self:
        """A model of its own for some of the networks."""
        part = copy(self)
        part.set_params(**fitted.parameters)
        part._hold(fitted)
        return part

    def _model_file(self) -> ModelFile:
        from glassnet.estimators.tables.models.file import table_to_file

        return table_to_file(self)

    def _hold(self, fitted: FittedTable) -> None:
        """Adopt a model and the attributes that follow from its schema."""
        self.fitted_, schema = fitted, fitted.schema
        self.n_features_in_ = len(schema.columns) - len(schema.targets)
        names = self._columns()
        if list(names) != [f"x{k + 1}" for k in range(len(names))]:  # those of arrays
            self.feature_names_in_ = np.array(names, dtype=object)

    def _columns(self) -> tuple[str, ...]:
        """The columns of the training table, except the target."""
        return tuple(column.name for column in self.schema_.columns if column.role != "target")

    def _own_arrays(self, _model: ModelFile, _outcome: Any) -> dict[str, np.ndarray]:
        """The arrays of `_settle` from a model file, checked."""
        return {}
