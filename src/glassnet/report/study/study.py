"""The contents of the study report, and the page, Word file or JSON made from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import glassnet
from glassnet.evaluate import Comparison, InternalValidation, Performance, Subgroup, SurvivalPerformance
from glassnet.explanation import Effect, Importance, Occlusion, Pair
from glassnet.plain import plain_json
from glassnet.report.study.model_equation import WrittenOut
from glassnet.report.study.patients import Flow, FollowUp, TableOne
from glassnet.report.study.sample_size import SampleSize
from glassnet.tables.outcome import outcomes

_LEADING = ("AUC", "Brier score", "R2", "MAE")
_LEADING_OF_TIMES = ("concordance (Harrell)", "integrated Brier score", "AUC", "Brier score")


@dataclass(frozen=True, eq=False)
class Study:
    """The contents of the report.

    Attributes
    ----------
    target, task : str
    flow : Flow
    table_one : TableOne
    written : WrittenOut
        The model equation, with one of the test rows as an example.
    performance : Performance
        Performance on the test rows.
    survival : tuple of SurvivalPerformance
        For times to an event, or for each competing cause: risk groups, and calibration at horizons.
    follow_up : tuple of FollowUp
        For times to an event, the follow-up of each part.
    horizon : float or None
        For times to an event, the time at which probabilities are evaluated.
    apparent : bool
        Whether the test rows are the training rows, so that only internal validation applies to new rows.
    comparison : Comparison or None
        The comparison with other models; None if the training rows are not known.
    validation : InternalValidation or None
        Validation by refits on the training rows; None if these are unknown or no refits were requested.
    subgroups : tuple of Subgroup
        Performance on the test rows for levels of the named columns.
    importance : Importance
    effects : tuple of Effect
    pairs : tuple of Pair
    examples : tuple of Occlusion
        For a model on pixels, the rows with the highest and the lowest prediction.
    sample_size : SampleSize or None
        For two classes and times to an event, if the training rows are known.
    n_train, n_parameters : int or None
        The number of training rows, and of inputs of the model.
    outcome : int
        The output that the pairs and examples are about.
    limits : tuple of str
        The limitations, one paragraph each.
    fingerprint, recipe : str
    columns : tuple of (str, str, str, str)
        Name, role, kind, and what was learned, for each column.
    building : str
        A description of how the networks were built and trained.
    groups, weights : str or None
        The columns that define which rows belong together, and the weight of each row.
    thresholds : tuple of float
    threshold : str
        The model's own threshold, and how it was chosen; empty without one.
    """

    target: str
    task: str
    flow: Flow
    table_one: TableOne
    written: WrittenOut
    performance: Performance
    survival: tuple[SurvivalPerformance, ...]
    follow_up: tuple[FollowUp, ...]
    horizon: float | None
    apparent: bool
    comparison: Comparison | None
    validation: InternalValidation | None
    subgroups: tuple[Subgroup, ...]
    importance: Importance
    effects: tuple[Effect, ...]
    pairs: tuple[Pair, ...]
    examples: tuple[Occlusion, ...]
    sample_size: SampleSize | None
    n_train: int | None
    n_parameters: int
    outcome: int
    limits: tuple[str, ...]
    fingerprint: str
    recipe: str
    columns: tuple[tuple[str, str, str, str], ...]
    building: str
    groups: str | None
    weights: str | None
    thresholds: tuple[float, ...]
    threshold: str

    @property
    def of_amounts(self) -> bool:
        """Whether amounts are predicted, not probabilities."""
        return outcomes[self.task].measured_as == "amount"

    @property
    def of_times(self) -> bool:
        """Whether times to an event are predicted."""
        return outcomes[self.task].measured_as == "time"

    @property
    def title(self) -> str:
        """The title of the report."""
        return f"Study report: {self.target}"

    @property
    def lead(self) -> str:
        """The main results."""
        names = _LEADING_OF_TIMES if self.of_times else _LEADING
        if self.apparent and self.validation is not None:
            corrected = {m.metric: m for m in self.validation.outcomes[0].measured}
            results = ", ".join(f"{name} {corrected[name].text()}" for name in names if name in corrected)
            return (
                f"The model was trained on all {self.performance.n_rows:,} rows. Corrected for optimism by "
                f"{self.validation.n_refits} refits{self._by()}: {results}."
            )
        leading = {m.metric: m for m in self.performance.outcomes[0].measured}
        results = ", ".join(f"{name} {leading[name].text()}" for name in names if name in leading)
        return f"{self.performance.n_rows:,} test rows{self._by()}: {results}."

    def _by(self) -> str:
        """The horizon of probabilities, in words."""
        return f", probabilities by {self.horizon:g}" if self.horizon is not None else ""

    @property
    def footer(self) -> str:
        """The version, recipe and training rows behind the report."""
        return f"glassnet {glassnet.__version__}. Recipe {self.recipe}. Training rows: sha256 {self.fingerprint}."

    def docx(self) -> bytes:
        """The report as a Word file that coauthors can edit.

        Raises
        ------
        MissingDependency
            When python-docx or matplotlib is not installed: ``pip install 'glassnet[word]'``.
        """
        from glassnet.report.study.sections import sections_of
        from glassnet.report.word import render_word

        return render_word(self.title, self.lead, sections_of(self), self.footer)

    def html(self) -> str:
        """The report as a self-contained page."""
        from glassnet.report.html import render_page
        from glassnet.report.study.sections import sections_of

        return render_page(self.title, self.lead, "glassnet", sections_of(self), self.footer)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; numbers that do not exist are None."""
        from glassnet.report.study.tripod import filled

        written = ("performance", "survival", "comparison", "effects", "validation", "subgroups")
        fields = {name: value for name, value in vars(self).items() if name not in written}
        document: dict[str, Any] = {
            "glassnet": glassnet.__version__,
            **{name: asdict(each) if hasattr(each, "__dataclass_fields__") else each for name, each in fields.items()},
            "pairs": [asdict(pair) for pair in self.pairs],
            "examples": [asdict(each) for each in self.examples],
            "performance": self.performance.to_dict(),
            "survival": [each.to_dict() for each in self.survival],
            "follow_up": [asdict(each) for each in self.follow_up],
            "comparison": None if self.comparison is None else self.comparison.to_dict(),
            "validation": None if self.validation is None else self.validation.to_dict(),
            "subgroups": [each.to_dict() for each in self.subgroups],
            "tripod": [{"item": item.code, "asks": item.asks, "known": known, "to_write": item.write}
                       for item, known in filled(self)],
            "effects": [
                {"column": each.column, "values": each.texts, "outputs": each.outputs, "mean": each.mean,
                 "edges": each.edges, "accumulated_local_effects": each.local, "rows": each.counts}
                for each in self.effects
            ],
        }  # fmt: skip
        return dict(plain_json(document))
