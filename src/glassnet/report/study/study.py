"""`study`: everything of the report, computed once; `Study` writes it as a page, for Word, or as JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

import glassnet
from glassnet.errors import ConfigurationError
from glassnet.estimators import TableEstimator
from glassnet.evaluate import (
    Comparison,
    InternalValidation,
    Performance,
    Subgroup,
    compare,
    internal_validation,
    performance,
    subgroups,
)
from glassnet.evaluate.validation.outcome_cases import check_model
from glassnet.explanation import Effect, Importance, Occlusion, Pair, Question, effect, importance, strongest_pairs
from glassnet.explanation.seen import Seen
from glassnet.formulas.randomness import check_seed
from glassnet.report.study.examples import examples
from glassnet.report.study.model_equation import WrittenOut, written_out
from glassnet.report.study.patients import Flow, TableOne, find_patients, table_one
from glassnet.report.study.sample_size import SampleSize, largest_r2, sample_size_of_two_classes
from glassnet.tables.outcome import outcomes

EXPECTED_SHARE = 0.15
"""Of the largest R2: what is expected of a model of which nothing is known (Riley et al. 2020)."""
_EFFECTS, _PAIRED = 4, 6
_LEADING = ("AUC", "Brier score", "R2", "MAE")


@dataclass(frozen=True, eq=False)
class Study:
    """What the report says.

    Attributes
    ----------
    target, task : str
    flow : Flow
    table_one : TableOne
    written : WrittenOut
        The model written out, with one row of those that judge.
    performance : Performance
        On the rows that judge.
    comparison : Comparison or None
        With other models; None where the training rows are not known.
    validation : InternalValidation or None
        By refits on the training rows; None where these are not known, or none was asked for.
    subgroups : tuple of Subgroup
        Of the columns that were named, on the rows that judge.
    importance : Importance
    effects : tuple of Effect
    pairs : tuple of Pair
    examples : tuple of Occlusion
        Of a model on pixels, the rows with the highest and the lowest answer.
    sample_size : SampleSize or None
        Of two classes, where the training rows are known.
    n_train, n_parameters : int or None
        Rows of the training, and inputs of the model.
    outcomes : tuple of str
        Of the effects and pairs.
    limits : tuple of str
        What the figures do not say, one sentence each.
    fingerprint, recipe : str
    columns : tuple of (str, str, str, str)
        Name, role, kind, and what was learned, of each column.
    building : str
        How the networks were built and trained, in a few lines.
    groups, weights : str or None
        The columns that said which rows belong together, and how much each counts.
    thresholds : tuple of float
    threshold : str
        The model's own threshold, and how it was decided; empty without one.
    """

    target: str
    task: str
    flow: Flow
    table_one: TableOne
    written: WrittenOut
    performance: Performance
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
    def title(self) -> str:
        """What the report is called."""
        return f"Study report: {self.target}"

    @property
    def lead(self) -> str:
        """The figures that come first."""
        leading = [m for m in self.performance.outcomes[0].measured if m.metric in _LEADING]
        told = ", ".join(f"{m.metric} {m.text()}" for m in leading)
        return f"{self.performance.n_rows:,} rows judge the model: {told}."

    @property
    def footer(self) -> str:
        """What it was made with."""
        return f"glassnet {glassnet.__version__}. Recipe {self.recipe}. Training rows: sha256 {self.fingerprint}."

    def docx(self) -> bytes:
        """The report as a file for Word, which co-authors edit.

        Raises
        ------
        MissingDependency
            Without python-docx and matplotlib: ``pip install 'glassnet[word]'``.
        """
        from glassnet.report.study.sections import sections_of
        from glassnet.report.word import render_word

        return render_word(self.title, self.lead, sections_of(self), self.footer)

    def html(self) -> str:
        """The report as a page of its own, which loads nothing."""
        from glassnet.report.html import render_page
        from glassnet.report.study.sections import sections_of

        return render_page(self.title, self.lead, "glassnet", sections_of(self), self.footer)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; numbers that do not exist are None."""
        from glassnet.report.study.tripod import filled

        written = ("performance", "comparison", "effects", "validation", "subgroups")
        plain = {name: value for name, value in vars(self).items() if name not in written}
        found: dict[str, Any] = {
            "glassnet": glassnet.__version__,
            **{key: asdict(value) if hasattr(value, "__dataclass_fields__") else value for key, value in plain.items()},
            "pairs": [asdict(pair) for pair in self.pairs],
            "examples": [asdict(each) for each in self.examples],
            "performance": self.performance.to_dict(),
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
        return dict(_plain(found))


def study(
    model: Any, table: Any, *, train: Any = None, weights: str | None = None, groups: str | None = None,
    event: Any = None, thresholds: Sequence[float] = (), subgroup_columns: Sequence[str] = (),
    refits: int | None = None, test_share: float = 0.2, draws: int = 1000, seed: int = 0,
    progress: Callable[[str], object] | None = None,
) -> Study:  # fmt: skip
    """Compute the study report of a trained model.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
        Fitted or loaded.
    table : Table, data frame, dict of columns, or path
        Rows with their target that judge the model; or the table that ``glassnet train`` was given, whose split is then
        made again and checked by the fingerprint of the training rows.
    train : Table, data frame, dict of columns, or path, optional
        The training rows; without them, and without such a split, there is no comparison and no sample size.
    weights, groups : str, optional
        Columns: how much each row counts, and which rows belong together.
    event : label, optional
        Of two classes the one that is the outcome; that of the model's threshold by default, else the second.
    thresholds : sequence of float
        Probabilities of the event from which rows are called positive; the model's own threshold comes first.
    subgroup_columns : sequence of str
        Columns by whose levels every measure is given, such as ``sex`` or ``age=40,65``; see `subgroups`.
    refits : int, optional
        Of the internal validation: 200 by default, and fewer for more than 10,000 training rows; 0 for none. Ctrl-C
        ends them once there are two, and the report goes on with those.
    test_share : float
        That of the training.
    draws, seed : int
        Of the intervals.
    progress : callable, optional
        Called with what is computed next.

    Returns
    -------
    Study

    Raises
    ------
    DataError
        When the model was trained on all rows of the table, or none has a target.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from glassnet.estimators import GlassClassifier
    >>> frame = load_breast_cancer(as_frame=True).frame[["mean radius", "mean texture", "target"]]
    >>> model = GlassClassifier(recipe="lecture").fit(frame[::2], target="target")
    >>> report = study(model, frame[1::2], train=frame[::2], event=0, draws=200, refits=20)
    >>> report.performance.outcomes[0]["AUC"].value > 0.9, report.sample_size.needed
    (True, 354)
    """
    seed, say = check_seed(seed), progress or (lambda _: None)
    if isinstance(model, TableEstimator):
        check_model(model)
    question = Question.of(model)
    own = len(question.outputs) - 1 if model.decision_ is None else model.decision_.event
    which = own if event is None else question.output(event)
    if event is not None and len(question.outputs) != 2:
        raise ConfigurationError(
            f"event={event!r} is for two classes, and this model has {len(question.outputs)} outputs."
        )
    patients = find_patients(model, table, train, weights, groups, test_share)
    comparison = None
    if patients.train is not None:
        say("comparison with other models")
        comparison = compare(
            model, patients.train, patients.test, weights=weights, groups=groups, draws=draws, seed=seed, progress=say
        )
    asked: dict[str, Any] = {"weights": weights, "groups": groups, "event": event, "thresholds": thresholds}
    say("performance")
    rivals = None if comparison is None else comparison.of_rivals
    found = performance(model, patients.test, **asked, draws=draws, seed=seed, rivals=rivals)
    by_columns = subgroups(model, patients.test, subgroup_columns, **asked, draws=draws, seed=seed)
    validation = None
    if patients.train is not None and refits != 0:
        validation = internal_validation(
            model, patients.train, **asked, refits=refits, seed=seed, progress=_told(say)
        )  # fmt: skip
    say("what the model uses")
    used = importance(model, patients.test, weights=weights, groups=groups, draws=draws, seed=seed)
    seen = Seen(question, question.table(patients.test))
    leading = [name for name in used.names if seen.some_values(question.column(name), 2)][:_PAIRED]  # images have none
    effects = tuple(effect(model, patients.test, name, seed=seed) for name in leading[:_EFFECTS])
    pairs: tuple[Pair, ...] = ()
    if len(leading) > 1 and patients.test.n_rows > 1:
        pairs = strongest_pairs(model, patients.test, columns=leading, output=question.outputs[which], seed=seed)
    n_train = None if patients.train is None else patients.train.n_rows
    n_parameters = _parameters(model)
    needed = _sample_size(model, patients.train, which, n_parameters)
    return Study(
        str(model.schema_.target), model.task, patients.flow, table_one(model, patients),
        written_out(model, patients.test), found, comparison, validation, by_columns, used, effects, pairs,
        examples(seen, which), needed, n_train,
        n_parameters, which, _limits(found, comparison, groups, needed, n_train), model.fingerprint_,
        f"{model.recipe_.name}: {model.recipe_.in_short()}", tuple(model.schema_.describe()), model.recipe_.explain(),
        groups, weights, tuple(found.outcomes[0].at_thresholds), _threshold(model, question.outputs),
    )  # fmt: skip


def _told(say: Callable[[str], object]) -> Callable[[int, int], object]:
    """Says how many refits are done, and how long the others take."""
    started = time.perf_counter()

    def progress(done: int, of: int) -> None:
        left = (time.perf_counter() - started) / done * (of - done)
        shown = f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min"
        say(f"refit {done} of {of}, about {shown} left; Ctrl-C goes on with these")

    return progress


def _threshold(model: TableEstimator, classes: Sequence[str]) -> str:
    """The model's own threshold in words."""
    decision = model.decision_
    return "" if decision is None else f"{decision.rule(classes)}; {decision.reason()}"


def _parameters(model: TableEstimator) -> int:
    """What a regression on the same columns would have: each level of a category but one, each other input."""
    total = 0
    for column in model.schema_.inputs:
        levels = column.kind == "category" and len(column.features) - (column.missing > 0) > 1
        total += len(column.features) - bool(levels)
    return total


def _sample_size(model: Any, train: Any, which: int, n_parameters: int) -> SampleSize | None:
    """Riley's criteria for two classes whose training rows are known."""
    if train is None or len(model.schema_.classes) != 2:
        return None
    share = float(np.mean(model.schema_.encode_target(train) == which))
    if not 0.0 < share < 1.0:
        return None
    return sample_size_of_two_classes(n_parameters, share, EXPECTED_SHARE * largest_r2(share))


def _limits(
    found: Performance,
    comparison: Comparison | None,
    groups: str | None,
    needed: SampleSize | None,
    n_train: int | None,
) -> tuple[str, ...]:
    """What the figures do not say."""
    said = [
        "The rows that judge come from where the training rows come from. How the model does elsewhere or later is not "
        "known from them.",
        "Intervals of the performance say how figures would move with other rows of the same kind that judge the same "
        "model. How the model would change with other training rows, internal validation and stability say.",
        "What the model uses is not what causes the outcome. Columns that go together stand in for each other.",
    ]
    if groups is None:
        said.append(
            "Rows were drawn one by one. If several belong to one patient, intervals are too narrow; name the column "
            "of "
            "patients as groups."
        )
    if found.n_drawn < 100:
        said.append(
            f"Only {found.n_drawn} rows or groups judge; figures from so few are rough, calibration most of all."
        )
    events = found.outcomes[0].n_with
    if len(found.outcomes) == 1 and found.outcomes[0].decision is not None and min(events, found.n_rows - events) < 100:
        few = min(events, found.n_rows - events)
        said.append(
            f"The rarer outcome has {few:g} rows among those that judge. Calibration is usually judged on 100 or "
            f"more of "
            "each."
        )
    if needed is not None and n_train is not None and n_train < needed.needed:
        said.append(f"Riley's criteria ask for {needed.needed:,} training rows, and there were {n_train:,}.")
    if comparison is None:
        said.append(
            "The training rows are not known, so there is no comparison with other models, no internal "
            "validation, no stability, and no sample size."
        )
    else:
        said += list(comparison.notes)
    return tuple(said)


def _plain(value: Any) -> Any:
    """Plain JSON types; numbers that are not finite become None."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
