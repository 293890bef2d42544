"""TRIPOD+AI (Collins et al. 2024): what the report of a prediction model must contain, item by item.

The 27 items have 52 parts. `ITEMS` has a record for each: what it requires, in our own words; what is known from the
study; and what the authors must write. PROBAST+AI, which reviewers use to assess the risk of bias, is only linked,
because its license does not allow more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import glassnet
from glassnet.report.study.patients import missing_cells

if TYPE_CHECKING:
    from glassnet.report.study.study import Study

TRIPOD = "https://www.tripod-statement.org"
PROBAST = "https://www.probast.org"
Known = Callable[["Study"], str]


def _nothing(_: Study) -> str:
    """The empty text for items that no computed study can fill."""
    return ""


def _missing_cells(study: Study) -> str:
    """How missing cells were handled."""
    return missing_cells(study.columns)


@dataclass(frozen=True)
class Item:
    """One part of an item.

    Attributes
    ----------
    code : str
        The number of the item in the statement.
    part : str
        The part of the article.
    asks : str
    write : str
        What the authors must write; empty if the study already contains everything.
    known : callable
        Returns what the study contains, or an empty text.
    """

    code: str
    part: str
    asks: str
    write: str
    known: Known = _nothing


def _title(study: Study) -> str:
    return f"Development and evaluation of a neural network that predicts {study.target}."


def _abstract(study: Study) -> str:
    return study.lead


def _objectives(study: Study) -> str:
    if study.apparent:
        return f"The study develops a model for {study.target} and validates it internally, by bootstrap refits."
    return f"The study develops a model for {study.target} and evaluates it on new rows."


def _sources(study: Study) -> str:
    return " ".join(f"{what}: {count:,}." for what, count in study.flow.steps)


def _preparation(study: Study) -> str:
    inputs = sum(role == "input" for _, role, _, _ in study.columns)
    left = [name for name, role, _, _ in study.columns if role == "left out"]
    text = f"{inputs} columns became {study.n_parameters} inputs by constants learned from the training rows alone"
    return f"{text}; left out: {', '.join(left)}." if left else f"{text}."


def _outcome(study: Study) -> str:
    judged = study.performance.outcomes
    if study.of_amounts:
        return f"{study.target}, an amount."
    if study.of_times:
        causes = [each.event for each in study.survival if each.cause is not None]
        competing = f"; competing causes: {', '.join(causes)}" if causes else ""
        return f"{study.target}, a possibly censored time to an event{competing}."
    names = [each.outcome for each in judged if each.outcome != "mean of the classes"]
    return f"{study.target} = {names[0]}." if len(names) == 1 else f"{study.target}: {', '.join(names)}."


def _predictors(_: Study) -> str:
    return "The columns of the table that are inputs: see Patients."


def _definitions(_: Study) -> str:
    return "Kind, unit as in the table, range and levels of each column: see Patients, Columns."


def _sample_size(study: Study) -> str:
    needed = study.sample_size
    if needed is None or study.n_train is None:
        return f"{study.n_train:,} training rows." if study.n_train else ""
    return f"{study.n_train:,} training rows; Riley's criteria require {needed.needed:,}: see Sample size."


def _split(study: Study) -> str:
    return study.flow.how


def _handled(_: Study) -> str:
    return (
        "Numbers were scaled, and each level of a category became an input, by constants of the training rows. The "
        "formula of each input: see The model written out."
    )


def _building(study: Study) -> str:
    lines = [line.removeprefix("* ").rstrip(".") for line in study.building.splitlines()]
    text = " ".join(f"{line[:1].upper()}{line[1:]}." for line in lines)
    validation = study.validation
    if validation is None:
        return text
    return f"{text} Internal validation: {validation.n_refits} bootstraps of the whole procedure."


def _clusters(study: Study) -> str:
    if study.groups is None:
        return "No groups were named; rows were treated as independent."
    return f"Rows of the same {study.groups} stayed together in every split, fold and draw."


def _measures(study: Study) -> str:
    names = ", ".join(measured.metric for measured in study.performance.outcomes[0].measured)
    curves = "" if study.of_amounts else ", the flexible calibration curve and the decision curve"
    rivals = "" if study.comparison is None else "; compared with other models on the same rows"
    return f"{names}{curves}, with bootstrap intervals{rivals}."


def _updating(_: Study) -> str:
    return "The evaluated model is the one that is written out."


def _calculated(_: Study) -> str:
    return (
        "With the model file, whose training rows have the fingerprint below; glassnet writes the same "
        "predictions as code in Python (NumPy) or C."
    )


def _imbalance(study: Study) -> str:
    if study.of_amounts or study.of_times:
        return f"{'A time to an event' if study.of_times else 'An amount'} has no classes."
    weighted = [line for line in study.building.splitlines() if line.startswith("A row of each class")]
    shares = ", ".join(
        f"{each.outcome} {each.n_with:g}" for each in study.performance.outcomes if each.calibration is not None
    )
    text = weighted[0] if weighted else "Classes were neither weighted nor resampled, so probabilities stay calibrated."
    kind = "training" if study.apparent else "test"
    return f"{text} Of {study.performance.n_rows:,} {kind} rows: {shares}." if shares else text


def _fairness(study: Study) -> str:
    if not study.subgroups:
        return ""
    columns = ", ".join(dict.fromkeys(each.column for each in study.subgroups))
    return f"Every measure was computed by {columns}; small groups are marked as such: see Subgroups."


def _output(study: Study) -> str:
    if study.of_amounts:
        return f"An amount of {study.target}."
    if study.of_times and not study.thresholds:
        return "A risk, the event-free probability at any time, and the median time to the event."
    if study.thresholds:
        cuts = ", ".join(f"{100 * t:.4g} %" for t in study.thresholds)
        own = f" The model's own: {study.threshold}." if study.threshold else ""
        return f"A probability; evaluated thresholds: {cuts}.{own}"
    return "A probability; without a threshold, the most probable class is predicted."


def _differences(study: Study) -> str:
    if study.apparent:
        return "No other rows were used for evaluation."
    return f"{study.flow.how} Table 1 shows both parts side by side."


def _code(_: Study) -> str:
    return f"glassnet {glassnet.__version__}, BSD-3-Clause; recipe and fingerprint of the training rows are below."


def _flow(study: Study) -> str:
    return f"{_sources(study)}{_followed(study)} See Patients."


def _followed(study: Study) -> str:
    """The follow-up of rows, if targets are times."""
    return "".join(
        f" {each.part}: {each.n_events:,} events, median follow-up {each.watched:g}." for each in study.follow_up
    )


def _dates(study: Study) -> str:
    return _followed(study).strip()


def _characteristics(_: Study) -> str:
    return "Table 1: each part and each outcome, with missing cells."


def _compared(study: Study) -> str:
    return "" if study.n_train is None or study.apparent else "Table 1 shows training and test rows side by side."


def _numbers(study: Study) -> str:
    judged = study.performance
    events = ", ".join(f"{each.outcome}: {each.n_with:g}" for each in judged.outcomes if each.calibration is not None)
    with_events = f" ({events})" if events else ""
    return f"Training: {study.n_train or 'unknown'}. Test: {judged.n_rows:,}{with_events}."


def _specified(_: Study) -> str:
    return "See The model written out, with one row as a worked example; the weights are in the model file."


def _performance(study: Study) -> str:
    corrected = "" if study.validation is None else " Corrected for optimism: see Internal validation."
    return f"{study.lead} See Performance.{corrected}"


def _limitations(study: Study) -> str:
    return " ".join(study.limits)


ITEMS: tuple[Item, ...] = (
    Item("1", "Title", "State that a model is developed or evaluated, for whom, and what it predicts.",
         "the title, with the target population", _title),
    Item("2", "Abstract", "A structured summary; it has its own checklist.", "the abstract", _abstract),
    Item("3a", "Introduction", "The health care context, the reason for this model, and existing models.",
         "context, rationale and existing models"),
    Item("3b", "Introduction", "For whom the model is intended, at what point of their care, and who uses it.",
         "target population, purpose and users"),
    Item("3c", "Introduction", "Known health inequalities between groups of such people.", "known inequalities"),
    Item("4", "Introduction", "The objectives, and whether the model is developed, evaluated, or both.",
         "the objectives", _objectives),
    Item("5a", "Methods", "Where training and evaluation data come from, why these, and whom they represent.",
         "the sources, and how representative they are", _sources),
    Item("5b", "Methods", "When people were included, and how long they were followed.", "the dates",
         _dates),
    Item("6a", "Methods", "The setting: kind of care, number and place of centers.", "setting and centers"),
    Item("6b", "Methods", "Who was eligible.", "the eligibility criteria"),
    Item("6c", "Methods", "Treatments that people received, and how these were handled.", "treatments"),
    Item("7", "Methods", "How data were prepared and checked for quality, and whether in the same way for all groups.",
         "earlier processing of the table, and quality checks", _preparation),
    Item("8a", "Methods", "The outcome: what it is, when and how it was assessed, and if alike for all groups.",
         "how and when it was assessed, and why this outcome", _outcome),
    Item("8b", "Methods", "Who assessed an outcome that requires judgment, and their qualification.", "the assessors"),
    Item("8c", "Methods", "Whether those who assessed the outcome knew the predictors.", "blinding"),
    Item("9a", "Methods", "How the initial predictors were chosen, and whether some were preselected.",
         "why these predictors", _predictors),
    Item("9b", "Methods", "Each predictor: what it is, when and how it was measured.",
         "how and when predictors were measured", _definitions),
    Item("9c", "Methods", "Who assessed predictors that require judgment, and their qualification.", "the assessors"),
    Item("10", "Methods", "How the sample size was determined, separately for development and evaluation.",
         "the reasons, for both parts", _sample_size),
    Item("11", "Methods", "How missing data were handled, and why rows were left out.", "why cells are missing",
         _missing_cells),
    Item("12a", "Methods", "How the data were split and used for training and evaluation.", "", _split),
    Item("12b", "Methods", "How predictors were handled: form, scale, transformations.", "", _handled),
    Item("12c", "Methods", "The kind of model and why, all steps of building it, and the internal validation.",
         "why a network", _building),
    Item("12d", "Methods", "Differences between clusters, such as hospitals, and how they were handled.",
         "clusters beyond these groups", _clusters),
    Item("12e", "Methods", "All measures and plots for evaluating the model and comparing models.", "", _measures),
    Item("12f", "Methods", "Any updating of the model after evaluation.", "updating, if any", _updating),
    Item("12g", "Methods", "How predictions were computed for the evaluation.", "", _calculated),
    Item("13", "Methods", "Whether classes were balanced by some method, and how the model was recalibrated.",
         "", _imbalance),
    Item("14", "Methods", "What was done to make the model fair, and why.", "aims and methods of fairness",
         _fairness),
    Item("15", "Methods", "The output of the model, and how thresholds were chosen.", "why these thresholds", _output),
    Item("16", "Methods", "Differences between training and evaluation data: setting, criteria, outcome, predictors.",
         "differences of setting and criteria", _differences),
    Item("17", "Methods", "Approval by an ethics committee, and consent or its waiver.", "approval and consent"),
    Item("18a", "Open science", "The funders, and their role in the study.", "funding"),
    Item("18b", "Open science", "Conflicts of interest of all authors.", "conflicts of interest"),
    Item("18c", "Open science", "Where the protocol is available, or that there was none.", "the protocol"),
    Item("18d", "Open science", "The registration of the study, or that it was not registered.", "the registration"),
    Item("18e", "Open science", "Whether the data are available, and how.", "where the data are"),
    Item("18f", "Open science", "Whether code and model are available, and how.", "where they are available", _code),
    Item("19", "Involvement", "How patients and the public were involved, or that they were not.",
         "their role in the study"),
    Item("20a", "Results", "The flow of participants, with the number with and without the outcome, and follow-up.",
         "participants before this table, and follow-up", _flow),
    Item("20b", "Results", "Characteristics of participants, by setting, with missing data.",
         "treatments and dates, if relevant", _characteristics),
    Item("20c", "Results", "For evaluation, the distribution of predictors and outcome compared with training data.",
         "", _compared),
    Item("21", "Results", "The number of participants and outcomes in each analysis.", "", _numbers),
    Item("22", "Results", "The model in full, so that others can predict with it.", "where the model file is",
         _specified),
    Item("23a", "Results", "Performance with intervals, also in groups of people, with plots.", "", _performance),
    Item("23b", "Results", "Differences in performance between clusters, if examined.", "results by cluster",
         _fairness),
    Item("24", "Results", "Results of any updating.", "results of updating, if any", _updating),
    Item("25", "Discussion", "Interpretation of the main results, including fairness, in view of other studies.",
         "the interpretation"),
    Item("26", "Discussion", "Limitations: representativeness, sample size, overfitting, missing data, and impact.",
         "what these limitations mean for this study", _limitations),
    Item("27a", "Discussion", "How poor or missing inputs are handled when the model is used.",
         "what users should do", _missing_cells),
    Item("27b", "Discussion", "Whether users must handle inputs or outputs, and the expertise they need.",
         "users and their expertise"),
    Item("27c", "Discussion", "The next steps, and where else the model may apply.", "next steps"),
)  # fmt: skip
"""All parts, in the order of the statement."""


def filled(study: Study) -> list[tuple[Item, str]]:
    """Each part with what the study contains about it."""
    return [(item, item.known(study)) for item in ITEMS]
