"""The study report on a trained model: everything that reviewers ask for, with its basis."""

from glassnet.report.study.analysis import study
from glassnet.report.study.model_equation import WrittenOut
from glassnet.report.study.patients import Flow, Patients, TableOne
from glassnet.report.study.sample_size import SampleSize, sample_size_of_two_classes
from glassnet.report.study.study import Study

__all__ = [
    "Flow", "Patients", "SampleSize", "Study", "TableOne", "WrittenOut", "sample_size_of_two_classes", "study",
]  # fmt: skip
