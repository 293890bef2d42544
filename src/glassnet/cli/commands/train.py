"""``glassnet train``: train a network on a table, compare it with simpler models, and write a model file."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glassnet.cli.commands.formulas import complete_from
from glassnet.cli.options.destination import CHECKPOINT, MODEL, PAGE, check_destination
from glassnet.cli.options.options import PIXELS, Force, Groups, NewModel, Quiet, TablePath, Understanding, Weights
from glassnet.cli.options.survival_loss import Intervals, Strata, SurvivalLoss, check_loss, loss_settings
from glassnet.cli.options.threshold import Event, Threshold, check_threshold
from glassnet.cli.options.workers import WorkerOptions
from glassnet.cli.summary.history import print_history, print_time
from glassnet.cli.summary.judgment import counted, divide_table, judge, print_next, print_table, say_what_copies_hide
from glassnet.cli.summary.survival import with_event, with_strata
from glassnet.cli.terminal import terminal
from glassnet.cli.terminal.ending import Interrupted
from glassnet.cli.terminal.interruption import Interruption, Kept
from glassnet.cli.terminal.progress import TrainingProgress
from glassnet.cli.terminal.start import STARTED
from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.estimators import Progress, TableEstimator
    from glassnet.tables import EncodedTable, Schema

EXAMPLES = """
Examples:

glassnet train patients.csv --target diagnosis

glassnet train scans/ --target label

glassnet train houses.csv --target price --hidden 128,64 --activation gelu --seed 7

glassnet train patients.csv --target outcome --threshold sensitivity=0.95 --event ill

glassnet train study.csv --target months --event died

glassnet train study.csv --target months --event died --loss hazard --intervals 8

glassnet train study.csv --target months --event died --strata center

glassnet train visits.csv --target outcome --groups patient --checkpoint visits.checkpoint

glassnet train visits.csv --target outcome --kind ward=category --null unknown --model visits.glassnet
"""
_SHARE_OF_THE_NETWORK, _SHARE_OF_JUDGING = 0.6, 0.95
"""Shares of the time budget that is left after reading, and after training."""
_LARGEST = 2**31 - 1
_NO_EPOCH = "Interrupted before the end of the first epoch, so there is no model."


def _network_option(text: str, shown: str | bool = "auto", **further: Any) -> Any:
    """An option of the network's panel of the help, with the text to show for its default."""
    return typer.Option(help=text, rich_help_panel="Network", show_default=shown, **further)


def _training_option(text: str, shown: str | bool = "auto", **further: Any) -> Any:
    """An option of the training's panel of the help, likewise."""
    return typer.Option(help=text, rich_help_panel="Training", show_default=shown, **further)


def _recipes(incomplete: str) -> list[tuple[str, str]]:
    """The shell completion that offers the recipes."""
    from glassnet.estimators.recipes.preset import AUTO, IMAGES, PRESETS

    offered = [(AUTO, "chosen from the table"), *((one.name, one.summary) for one in (*PRESETS.values(), IMAGES))]
    return [(name, summary) for name, summary in offered if name.startswith(incomplete)]


def _scalings(incomplete: str) -> list[str]:
    """The names of the scalings."""
    from glassnet.tables.columns.scales.scaling import SCALINGS

    return [name for name in SCALINGS if name.startswith(incomplete)]


def train(
    table: TablePath,
    options: Understanding,
    workers: WorkerOptions,  # noqa: ARG001 (`command` runs the function on them)
    weights: Weights = None,
    groups: Groups = None,
    model: NewModel = None,
    recipe: Annotated[
        str | None,
        _network_option(
            "How the network is built and trained; the options below change parts of it.", autocompletion=_recipes
        ),
    ] = None,
    hidden: Annotated[str | None, _network_option("Neurons of each hidden layer, such as 32,16.")] = None,
    activation: Annotated[
        list[str] | None,
        _network_option(
            "Activation of the hidden layers; repeat the option to give one per layer.",
            autocompletion=complete_from("activations"),
        ),
    ] = None,
    networks: Annotated[
        int | None,
        _network_option(
            "The number of networks whose predictions are averaged, each trained on its own sample of the rows."
        ),
    ] = None,
    time_budget: Annotated[
        float | None,
        _training_option(
            "Seconds for the whole command; after reading, the network gets three fifths of the time left.",
            shown="None",
        ),
    ] = None,
    resampling: Annotated[
        str | None, _network_option("How the rows for each of several networks are drawn: bootstrap or folds.")
    ] = None,
    l1: Annotated[float | None, _network_option("Strength of the L1 penalty.")] = None,
    l2: Annotated[float | None, _network_option("Strength of the L2 penalty.")] = None,
    dropout: Annotated[
        float | None, _network_option("Share of the neurons that each training step drops at random.")
    ] = None,
    label_smoothing: Annotated[
        float | None,
        _training_option("Label smoothing: the share of each label that is spread evenly over all classes."),
    ] = None,
    class_weight: Annotated[
        list[str] | None,
        _training_option("Weights of the classes: balanced, or LABEL=WEIGHT, repeated for each class.", shown="None"),
    ] = None,
    threshold: Threshold = None,
    event: Event = None,
    loss: SurvivalLoss = None,
    intervals: Intervals = None,
    strata: Strata = None,
    embedding: Annotated[
        str | None, _network_option("Embedding layers for single columns: none, mixtures or periodic.")
    ] = None,
    scaling: Annotated[
        str | None,
        _network_option(
            "How numbers become inputs: standard, robust, quantile, piecewise_linear, robust_and_bins or none.",
            autocompletion=_scalings,
        ),
    ] = None,
    epochs: Annotated[int | None, _training_option("The largest number of epochs (passes over the rows).")] = None,
    patience: Annotated[int | None, _training_option("Stop after this many epochs without improvement.")] = None,
    learning_rate: Annotated[float | None, _training_option("Initial learning rate.")] = None,
    optimizer: Annotated[
        str | None,
        _training_option("The optimizer, the update rule of each step.", autocompletion=complete_from("optimizers")),
    ] = None,
    schedule: Annotated[
        str | None, _training_option("The learning rate schedule.", autocompletion=complete_from("schedules"))
    ] = None,
    batch_size: Annotated[int | None, _training_option("Batch size: rows per step.")] = None,
    validation_share: Annotated[
        float | None,
        _training_option(
            "Share of the training rows used as validation rows, on which the epoch is chosen.", shown="0.2"
        ),
    ] = None,
    test_share: Annotated[float, _training_option("Share of the rows used only for the evaluation.", shown=True)] = 0.2,
    seed: Annotated[int, _training_option("The same seed gives the same network, bit for bit.", shown=True)] = 0,
    threads: Annotated[
        int, _training_option("Threads; -1 uses all cores. They affect only the speed.", shown=True)
    ] = -1,
    checkpoint: Annotated[
        Path | None,
        _training_option(
            "A file for the state of the training; if the command is killed, run it again to resume.", shown=False
        ),
    ] = None,
    checkpoint_every: Annotated[int, _training_option("Epochs between two checkpoints.", shown=True)] = 10,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Train a network on a table, compare it with simpler models on the same rows, and write it to a file.

    Columns may hold numbers, categories, yes/no, dates, missing cells, and paths of images. For images, in a folder
    with a sub-folder per class or in a .npz file, the network is trained on the pixels and the simpler models on
    hand-crafted features. Some rows are held out as a test set that no model sees in training. Ctrl-C ends the training
    and keeps the best network so far; the model file is written before the simpler models are trained.
    """
    from glassnet.estimators.tables.registry import table_estimators
    from glassnet.tables import holds_images

    started = STARTED.get(time.perf_counter())
    path = Path(table.stem + ".glassnet") if model is None else model
    inputs = {"table": table, "schema file": options.schema_file}
    check_destination(path, MODEL, inputs=inputs, force=force)
    images_page = path.with_name(f"{path.stem}-images.html")
    if holds_images(table) and options.inputs == PIXELS:
        check_destination(images_page, PAGE, inputs=inputs, outputs={"model file": path}, force=force)
    if checkpoint is not None:
        check_destination(checkpoint, CHECKPOINT, inputs=inputs, outputs={"model file": path}, force=None)
    chosen = {
        "recipe": recipe, "hidden_layer_sizes": _sizes(hidden), "activation": _one_or_all(activation),
        "l1": l1, "l2": l2, "epochs": epochs, "patience": patience, "learning_rate": learning_rate,
        "optimizer": optimizer, "schedule": schedule, "batch_size": batch_size, "validation_fraction": validation_share,
        "random_state": seed, "n_jobs": threads, "n_networks": networks, "resampling": resampling,
        "time_budget": time_budget, "dropout": dropout, "label_smoothing": label_smoothing,
        "scaling": scaling, "embedding": embedding, "class_weight": _class_weight(class_weight),
        "threshold": threshold, "event": event,
    }  # fmt: skip
    if event is not None and threshold is None:  # not a class, but the event column of a survival time
        options, chosen["event"], event = with_event(options, event), None, None
    if strata is not None:
        options = with_strata(options, strata)
    of_times = loss_settings(loss, intervals)
    settings: dict[str, Any] = {name: value for name, value in (chosen | of_times).items() if value is not None}
    whole = divide_table(options, table, weights, groups, test_share, seed)
    read_at = time.perf_counter()
    rows, understood, notes, split, _, groups, parts = whole
    check_threshold(threshold, event, understood)
    check_loss(of_times, understood)
    if class_weight and not understood.classes:
        raise ConfigurationError(f"--class-weight is for classes; this target is {understood.outcome.noun}. Omit it.")
    if time_budget is not None:  # reading has already taken a part, and the compared models need another
        left = max(time_budget - (time.perf_counter() - started), 0.1 * time_budget)
        settings["time_budget"] = _SHARE_OF_THE_NETWORK * left
    estimator = table_estimators[str(understood.task)](**settings)
    console, listener = terminal.report()
    if not quiet:
        print_table(console, table, understood, notes, rows)
    saving = {} if checkpoint is None else {"checkpoint": checkpoint, "checkpoint_every": checkpoint_every}
    with Interruption() as interruption:
        saving |= {"weights": weights, "groups": groups}
        about = counted(rows, split, groups)
        _fit(estimator, parts.train, understood, about, saving, interruption, quiet=quiet)
        estimator.save(path)
    if checkpoint is not None:
        with suppress(OSError):
            checkpoint.unlink()  # the model is saved, so the checkpoint is no longer needed
    with Kept(path):
        if not quiet:
            print_history(console, estimator)
        rest, trained_at = None, time.perf_counter()
        if time_budget is not None:
            rest = _SHARE_OF_JUDGING * max(time_budget - (time.perf_counter() - started), 0.0)
        page = (images_page, str(table))
        if judge(console, estimator, parts, weights, groups, threads, options.limit, rest, quiet=quiet, page=page):
            estimator.save(path)
        if not quiet and time_budget is not None:
            print_time(console, time_budget, (started, read_at, trained_at, time.perf_counter()))
        if not (quiet or interruption.asked):
            say_what_copies_hide(console, estimator, whole, weights, test_share, seed)
    print_next(console, path, None if quiet else table, options.words)
    listener.check(f"The network is in {path}.")
    if interruption.asked:
        raise Interrupted(f"The training was interrupted. The best network so far is in {path}.")


def _sizes(text: str | None) -> tuple[int, ...] | None:
    """The numbers in ``32,16``; an empty text means no hidden layers."""
    try:
        sizes = None if text is None else tuple(int(part) for part in text.split(",")) if text.strip() else ()
        if max(sizes or (0,)) > _LARGEST:
            raise ValueError
        return sizes
    except ValueError:
        raise ConfigurationError(
            f"--hidden {str(text)[:60]!r} is not a list of layer sizes. Write it as --hidden 32,16."
        ) from None


def _class_weight(given: list[str] | None) -> str | dict[str, float] | None:
    """``balanced``, or the weight of each label as in ``ill=5``."""
    if not given or given == ["balanced"]:
        return given[0] if given else None
    weights = {}
    for text in given:
        label, sign, weight = text.rpartition("=")
        try:
            weights[label] = float(weight) if sign else float("nan")
        except ValueError:
            weights[label] = float("nan")
        if weights[label] != weights[label]:
            raise ConfigurationError(
                f"--class-weight {text!r} is not a class weight. Write --class-weight balanced, or "
                "--class-weight ill=5."
            )
    return weights


def _one_or_all(names: list[str] | None) -> str | list[str] | None:
    """A single name for all layers, or one name per layer."""
    return names[0] if names and len(names) == 1 else names or None


def _fit(
    estimator: TableEstimator, rows: EncodedTable, schema: Schema, about: str, saving: dict[str, Any],
    interruption: Interruption, *, quiet: bool,
) -> None:  # fmt: skip
    """Train on the training rows under a live display."""
    notes = terminal.notes()
    if not quiet:
        notes.print(f"Training on {about}. Ctrl-C keeps the best so far.")
        if "checkpoint" in saving and saving["checkpoint"].exists():
            notes.print(f"Resuming from the checkpoint {saving['checkpoint']}.")
    with TrainingProgress(notes, quiet=quiet) as display:

        def watch(progress: Progress) -> None:
            display.update(progress)
            if progress.epoch:
                interruption.after_slice()

        try:
            estimator.fit(rows, schema=schema, progress=watch, **saving)
            epochs = sum(history.epochs_done for history in estimator.histories_)
        except KeyboardInterrupt:
            raise Interrupted(_NO_EPOCH) from None
    if interruption.asked and not epochs:
        raise Interrupted(_NO_EPOCH)
