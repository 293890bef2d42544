"""Every endpoint of the server, with what it takes and gives; the routes and the written contract come from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from glassnet.studio.contract import catalog, data, evaluation, laboratory, message, run, saved_model, state
from glassnet.studio.contract.views import explanation, frame, maps, picture, row, survival, trace


@dataclass(frozen=True)
class Endpoint:
    """One endpoint.

    Attributes
    ----------
    method, path, name : str
        `name` is the function of the server that answers.
    response : type, or the media type of a file or stream
    request : type or media type, optional
    query : tuple of str
        Names of the query's parameters, all of them optional unless the summary says otherwise.
    summary : str
    """

    method: Literal["GET", "POST"]
    path: str
    name: str
    response: Any
    summary: str
    request: Any = None
    query: tuple[str, ...] = ()


_VIEW = ("x", "y", "row", "resolution")
_RUN = "/api/runs/{run}"

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/api/session", "session", run.Session, "The data that the page needs to open."),
    Endpoint("GET", "/api/catalog", "catalog", catalog.Catalog, "All menus of the page."),
    Endpoint("GET", "/api/data", "data_sets", data.DataSets, "All data sets."),
    Endpoint("POST", "/api/data", "upload", data.DataSet, "A new data set from a table file.", "text/csv",
             ("name", "encoding", "sheet")),
    Endpoint("POST", "/api/images", "upload_images", data.IntakeState, "Begin to read a file of images.",
             "application/octet-stream", ("name",)),
    Endpoint("GET", "/api/images", "images", data.IntakeState, "How the reading of images goes."),
    Endpoint("POST", "/api/images/cancel", "cancel_images", data.IntakeState, "Stop reading images."),
    Endpoint("GET", "/api/data/{data}", "data_set", data.DataSet, "One data set, its columns judged."),
    Endpoint("GET", "/api/data/{data}/rows", "rows", data.Rows, "Rows, at most 500.", query=("offset", "limit")),
    Endpoint("GET", "/api/data/{data}/csv", "csv", "text/csv", "The table as a file."),
    Endpoint("GET", "/api/data/{data}/archive", "archive", "application/octet-stream",
             "A table with images as a file, pixels included."),
    Endpoint("POST", "/api/data/{data}/columns", "columns", data.Understanding, "The columns under a choice.",
             data.ColumnChoice),
    Endpoint("POST", "/api/data/{data}/edit", "edit", data.DataSet, "A small table, edited, as a new data set.",
             data.TableEdit),
    Endpoint("POST", "/api/data/{data}/rename", "rename_data", data.DataSets, "Rename a data set of the user.",
             data.Rename),
    Endpoint("POST", "/api/data/{data}/remove", "remove_data", data.DataSets, "Remove a data set of the user and its "
                                                                              "runs."),
    Endpoint("GET", "/api/runs", "runs", run.Runs, "All runs, the newest first."),
    Endpoint("POST", "/api/runs", "new_run", run.RunState, "A new run.", run.NewRun),
    Endpoint("POST", "/api/labs", "open_lab", run.RunState, "A run from a stored lab.", state.Lab),
    Endpoint("POST", "/api/models", "open_saved_model", saved_model.ModelCard, "What a model file is, and where it "
                                                                              "goes on.",
             saved_model.SavedModel),
    Endpoint("POST", "/api/models/predictions", "saved_model_predictions", "text/csv", "A table with its answers.",
             saved_model.ModelQuestion),
    Endpoint("GET", "/api/laboratory", "laboratory", laboratory.LaboratoryState, "Its knobs, and how it goes."),
    Endpoint("POST", "/api/laboratory", "start_laboratory", laboratory.LaboratoryState, "Begin to measure which models "
                                                                                       "work as knobs turn.",
             laboratory.LaboratoryRequest),
    Endpoint("POST", "/api/laboratory/cancel", "cancel_laboratory", laboratory.LaboratoryState, "Stop measuring."),
    Endpoint("POST", "/api/laboratory/examples", "laboratory_examples", laboratory.LaboratoryExamples,
             "What the knobs do to lesions.", laboratory.LaboratoryRequest),
    Endpoint("GET", "/api/laboratory/page", "laboratory_page", "text/html", "What was measured, as a page."),
    Endpoint("GET", "/api/laboratory/table", "laboratory_table", "text/csv", "What was measured, as a table."),
    Endpoint("GET", _RUN, "run", run.RunState, "The state of a run."),
    Endpoint("POST", _RUN + "/settings", "change", run.RunState, "Restart the run under new settings.", run.NewRun),
    Endpoint("POST", _RUN + "/control", "control", run.RunState, "Play, pause, move, seek, reset, set.", run.Control),
    Endpoint("POST", _RUN + "/rename", "rename_run", run.Runs, "Another name for a run.", run.RunName),
    Endpoint("POST", _RUN + "/threshold", "threshold", run.RunState, "The probability from which rows are called.",
             run.Threshold),
    Endpoint("POST", "/api/beside", "beside", evaluation.RunsBeside, "Runs side by side, at most 12.",
             evaluation.RunsRequest),
    Endpoint("POST", _RUN + "/report", "make_report", evaluation.ReportState, "Begin a study report.",
             evaluation.ReportRequest),
    Endpoint("GET", _RUN + "/report", "report", evaluation.ReportState, "How the report goes."),
    Endpoint("POST", _RUN + "/report/cancel", "cancel_report", evaluation.ReportState, "Stop making the report."),
    Endpoint("POST", _RUN + "/remove", "remove_run", run.Runs, "Remove a run."),
    Endpoint("GET", _RUN + "/stream", "stream", "text/event-stream", "Events: state, frame, comparison.",
             query=(*_VIEW, "pictures", "maps")),
    Endpoint("GET", _RUN + "/frame", "frame", frame.Frame, "The current frame, with all curves.",
             query=(*_VIEW, "maps")),
    Endpoint("GET", _RUN + "/trace", "trace", trace.TraceView, "The next step.",
             query=("rows", "row")),
    Endpoint("GET", _RUN + "/explain", "explain", explanation.Explanation, "One number opened; `name` is needed.",
             query=("name", "digits", "terms", "row")),
    Endpoint("GET", _RUN + "/operation", "operation", explanation.OperationLines, "One operation of the step.",
             query=("index", "digits", "terms")),
    Endpoint("GET", _RUN + "/operations", "operations", explanation.AllOperations, "All operations of the step.",
             query=("most", "digits", "terms")),
    Endpoint("GET", _RUN + "/neurons", "neurons", explanation.Neurons, "Every neuron in words."),
    Endpoint("GET", _RUN + "/neuron", "neuron", explanation.NeuronCard, "One neuron, opened.",
             query=("layer", "index", *_VIEW)),
    Endpoint("GET", _RUN + "/form", "form", row.RowForm, "A row as a template for a new one.", query=("row",)),
    Endpoint("POST", _RUN + "/row", "row", row.RowCard, "The network's answer for a row, and why.", row.RowQuestion),
    Endpoint("GET", _RUN + "/occlusion", "occlusion", maps.OcclusionView, "Which parts of an image raise the answer.",
             query=("row", "output")),
    Endpoint("GET", _RUN + "/survival", "survival", survival.SurvivalView, "Curves of risk groups and of a row.",
             query=("row", "cause")),
    Endpoint("GET", _RUN + "/points", "points", picture.Points, "The rows behind a picture.", query=("x", "y")),
    Endpoint("GET", _RUN + "/surface", "surface", picture.Surface, "The loss over two parameters.",
             query=("first", "second", "resolution")),
    Endpoint("GET", _RUN + "/evaluation", "evaluation", evaluation.Evaluation, "Scores by part."),
    Endpoint("GET", _RUN + "/cell", "cell", evaluation.ConfusionCell, "Rows of a cell of the confusion matrix.",
             query=("part", "truth", "predicted")),
    Endpoint("GET", _RUN + "/decisions", "decisions", evaluation.Decisions, "Two classes at every threshold.",
             query=("part",)),
    Endpoint("POST", _RUN + "/compare", "compare", evaluation.ComparisonState, "Train other models to compare with."),
    Endpoint("GET", _RUN + "/comparison", "comparison", evaluation.ComparisonState, "The state of the comparison."),
    Endpoint("GET", _RUN + "/export/state", "export_state", state.Lab, "The whole lab; table=1 includes the user's "
                                                                       "rows.",
             query=("table",)),
    Endpoint("GET", _RUN + "/export/model", "export_model", "application/octet-stream", "The model file."),
    Endpoint("GET", _RUN + "/export/script", "export_script", "text/x-python", "A script that repeats the run."),
    Endpoint("GET", _RUN + "/export/step", "export_step", "text/html", "The step as a page of its own.",
             query=("digits",)),
    Endpoint("GET", _RUN + "/export/lesson", "export_lesson", "text/html",
             "The run as a page that needs no server; table=1 gives the rows of an own table along.",
             query=("table", "hidden")),
    Endpoint("GET", _RUN + "/export/report", "export_report", "text/html", "The report; format=docx for Word.",
             query=("format",)),
    Endpoint("GET", _RUN + "/export/predictions", "export_predictions", "text/csv", "The table with predictions."),
)  # fmt: skip

FURTHER_TYPES: tuple[Any, ...] = (message.Problem, frame.StreamEvents)
"""Types that no endpoint names: the body of every refusal, and what the events of the stream hold."""
