"""``glassnet features``: measure a table of hand-crafted features from images, or open one feature to its pixels."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from glassnet.cli.options.destination import FEATURES, PAGE, SETTINGS, check_destination
from glassnet.cli.options.feature_use import UseOptions
from glassnet.cli.options.imaging import ImageMeasuring, ImageSource, measuring_bar, refuse_for_tables
from glassnet.cli.options.options import Force, MemoryLimit, Quiet, limit_bytes
from glassnet.cli.summary.feature_use import print_use
from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.images import FeatureTable, Measuring
    from glassnet.tables import ImagePlace, Table

EXAMPLES = """
Examples:

glassnet features scans/ --out features.csv

glassnet features ct/ --mask masks/ --bin-width 25 --slices all --out features.csv

glassnet features scans/ --families intensity,co-occurrence --bins 32 --out features.csv

glassnet features --families symmetry

glassnet features scans/ --target label --html which.html

glassnet features scan.png --open co_occurrence_contrast_2d_averaged --html contrast.html
"""
_OPENING = "Opening one feature"


def features(
    source: ImageSource,
    measured: ImageMeasuring,
    use: UseOptions,
    scans: Annotated[
        Path | None,
        typer.Argument(
            help="A folder of images (a sub-folder per class, or flat), an image, or a .npz or .npy file; with "
            "--target also a table.",
            metavar="SCANS", show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The table to write, as CSV.", show_default=False)
    ] = None,
    open_: Annotated[
        str | None,
        typer.Option("--open", metavar="FEATURE", help="Open this feature of one image to its pixels.",
                     rich_help_panel=_OPENING, show_default=False),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(help="The image to open, by its name in the table.",
            rich_help_panel=_OPENING, show_default="the first"),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the opened feature, or the results of --target, as a page.",
                                  show_default=False),
    ] = None,
    memory_limit: MemoryLimit = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Measure hand-crafted features of images, each by a published rule that can be opened to its pixels.

    The table has one row per image and one column per feature; `train` takes it as it is. Files that cannot be read are
    listed with the reason. Nothing is sent anywhere, and no text of a DICOM header is kept. With --target, it shows
    which features a random forest, a support vector machine and a network use, on the same folds.
    """
    use.check(opening=open_ is not None)
    if scans is None:
        _list(terminal.output(), measured.families)
        return
    if out is None and open_ is None and use.target is None:
        raise ConfigurationError(
            "There is nowhere to write the table. Add --out features.csv (or --open FEATURE, or --target label)."
        )
    inputs = {"image source": scans, "mask source": source.mask}
    if out is not None:
        check_destination(out, FEATURES, inputs=inputs, outputs={"page": html}, force=force)
        check_destination(_settings_path(out), SETTINGS, inputs=inputs, outputs={"page": html}, force=force)
    if html is not None:
        check_destination(html, PAGE, inputs=inputs, force=force)
    how, place, limit = measured.measuring, source.place, limit_bytes(memory_limit)
    if open_ is not None:
        _open(scans, open_, image, html, how, place)
    table = None
    if out is not None:
        table = _measure(scans, how, place, limit, quiet=quiet)
        _write(table, out)
        if quiet:
            typer.echo(out)
        else:
            _summarize(terminal.output(), table, out)
    if use.target is not None:
        _ask(use, _columns(scans, table, source, measured, limit, quiet=quiet), scans, html, quiet=quiet)


def _columns(
    scans: Path, measured: FeatureTable | None, source: ImageSource, how: ImageMeasuring, limit: float | None, *,
    quiet: bool,
) -> Table:  # fmt: skip
    """The table whose columns are analyzed: features measured from images, or a table that was given."""
    from glassnet.estimators.tables.input import table_of_path
    from glassnet.tables import holds_images
    from glassnet.tables.image_table import table_of_features

    if measured is None and not holds_images(scans):
        for options in (source, how):
            refuse_for_tables(options, scans)
        return table_of_path(scans)
    measured_table = _measure(scans, how.measuring, source.place, limit, quiet=quiet) if measured is None else measured
    return table_of_features(measured_table, how.measuring, str(scans))


def _ask(use: UseOptions, table: Table, scans: Path, html: Path | None, *, quiet: bool) -> None:
    """Show which features each classifier uses, in the terminal and as a page."""
    from glassnet.atomic import write_atomically
    from glassnet.report.feature_use_page import feature_use_page

    try:
        use_of = use.asked(table, quiet=quiet)
    except KeyboardInterrupt:
        terminal.notes().print("Interrupted before there were results.")
        raise typer.Exit(130) from None
    console = terminal.output()
    if not quiet:
        print_use(console, use_of)
    if html is not None:
        write_atomically(html, feature_use_page(use_of, str(scans)))
        if quiet:
            typer.echo(html)
        else:
            console.print(f"\nWrote {html} ({terminal.size(html)}). Open it in a browser.", soft_wrap=True)


def _measure(
    scans: Path, how: Measuring, place: ImagePlace, limit: float | None, *, quiet: bool
) -> FeatureTable:  # fmt: skip
    """Measure the table under a progress bar; after an interrupt, nothing is written."""
    from glassnet.engine.checks.memory import available_bytes
    from glassnet.images import feature_table

    most = available_bytes() / 2 if limit is None else limit

    try:
        with measuring_bar(scans, quiet=quiet) as progress:
            return feature_table(place.pictures(scans, how), measuring=how, progress=progress, memory_limit=most)
    except KeyboardInterrupt:
        terminal.notes().print("Interrupted. Nothing was written.")
        raise typer.Exit(130) from None


def _write(table: FeatureTable, out: Path) -> None:
    """Write the table and, next to it, the settings that reproduce it."""
    from glassnet.atomic import write_atomically

    write_atomically(out, _lines(table))
    write_atomically(_settings_path(out), json.dumps(table.settings(), indent=1, ensure_ascii=False) + "\n")


def _lines(table: FeatureTable) -> Iterator[bytes]:
    """The lines of the table, one by one, since the whole table may not fit into memory."""
    from glassnet.tables.reading.writing.dialect import safe_cell

    for row in chain([table.header], table.rows()):
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow([safe_cell(cell) for cell in row])
        yield line.getvalue().encode("utf-8")


def _settings_path(out: Path) -> Path:
    """The path of the settings: ``features.settings.json`` for ``features.csv``."""
    return out.with_name(f"{out.stem}.settings.json")


def _summarize(console: Console, table: FeatureTable, out: Path) -> None:
    """Print what was read, what was left out and why, and the next command."""
    from collections import Counter

    from glassnet.tables.columns.images.image_notes import left_out

    console.print(terminal.title(f"{len(table.names)} images, {len(table.features)} features",
                                 f"{table.dimensions}{', inside masks' if table.masked else ''}"))  # fmt: skip
    families = Counter(feature.family.replace("_", " ") for feature in table.features)
    labels = Counter(label or "no label" for label in table.labels)
    facts = [
        ("families", ", ".join(f"{name} ({count})" for name, count in families.items())),
        ("gray levels", str(table.discretization)),
        ("classes", ", ".join(f"{name} ({count})" for name, count in sorted(labels.items())) if any(table.labels)
         else "none: no sub-folders and no labels"),
    ]  # fmt: skip
    console.print(terminal.facts(facts))
    for note in left_out(table):
        console.print(f"  {note}", soft_wrap=True)
    terminal.print_notes(_remarks(table), all_of_them=True)
    console.print(f"\nWrote {out} ({terminal.size(out)}) and {_settings_path(out)}.", soft_wrap=True)
    if len({label for label in table.labels if label}) > 1:
        grouped = " --groups group_id" if table.grouping.groups is not None else ""
        console.print(f"Next: glassnet train {out} --target label{grouped}", soft_wrap=True)


def _remarks(table: FeatureTable) -> Iterator[str]:
    """Remarks that the reader should not miss."""
    from glassnet.tables.columns.images.image_notes import image_notes

    yield from image_notes(table)
    if table.grouping.groups is not None:
        yield (
            f"Copies and images of the same patient share a group_id ({len(set(table.grouping.groups))} groups); "
            "--groups group_id keeps them on the same side of a split."
        )
    classes = {label for label in table.labels if label}
    if len(classes) == 1:
        yield f"There is only one class, {classes.pop()!r}, so there is nothing to learn."


def _open(scans: Path, name: str, image: str | None, html: Path | None, how: Measuring, place: ImagePlace) -> None:
    """One feature of one image: as text, or as a page."""
    from glassnet.images.features import features as registry

    feature = registry[name]
    picture = _find(scans, image, place.pictures(scans, how))
    spacing = picture.spacing if picture.mask is not None else None
    opening = feature.open(picture.gray, picture.mask, spacing=spacing, discretization=how.discretization)
    console = terminal.output()
    value = f"{opening.value:.10g} {opening.unit}".strip()
    console.print(terminal.title(f"{feature.title}: {value}", f"{picture.name}, {opening.settings}"))
    console.print(terminal.facts([
        (f"each {opening.kind} adds", feature.each.source), ("value from their sum S", feature.whole.source),
        ("rows", f"{len(opening.terms)} in {len(opening.groups)} groups" if len(opening.groups) > 1
         else f"{len(opening.terms)}"),
        ("recomputed", f"{opening.reevaluated():.10g}"),
    ]))  # fmt: skip
    if html is not None:
        from glassnet.atomic import write_atomically
        from glassnet.report.feature_page import feature_page

        write_atomically(html, feature_page(opening, picture.name, picture.remarks))
        console.print(f"Wrote {html} ({terminal.size(html)}). Open it in a browser.", soft_wrap=True)


def _find(scans: Path, image: str | None, pictures: Iterator[Any]) -> Any:
    """The named image, or the first that can be read."""
    from glassnet.errors import DataError, nearest
    from glassnet.images.reading import Unread

    names = []
    for picture in pictures:
        names.append(picture.name)
        if picture.name == image or (image is None and not isinstance(picture, Unread)):
            if isinstance(picture, Unread):
                raise DataError(f"{picture.name} cannot be read: {picture.reason}. Choose another image.")
            return picture
    wanted = f"named {image!r}" if image is not None else "that can be read"
    raise DataError(f"{scans} has no image {wanted}. {nearest(image or '', names) if names else 'It is empty.'}")


def _list(console: Console, families: str | None) -> None:
    """The families, or the features of some."""
    from rich.table import Table

    from glassnet.images.features import families as all_families
    from glassnet.images.features import features as registry

    if families is None:
        grid = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for heading in ("family", "features", "needs", "examples"):
            grid.add_column(heading, overflow="fold")
        for family in all_families():
            of = [feature for feature in registry.values() if feature.family == family]
            needs = {"needed": "a mask", "unused": "the whole image"}.get(of[0].mask, "")
            grid.add_row(family, str(len(of)), needs, of[0].title)
        console.print(grid)
        console.print("\nThe features of one family: glassnet features --families symmetry")
        return
    wanted = [name.strip().replace("-", "_") for name in families.split(",")]
    for name in wanted:
        if name not in all_families() and name not in registry:
            raise ConfigurationError(f"Unknown family {name!r}. Known: {', '.join(all_families())}.")
    for feature in registry.values():
        if feature.family in wanted or feature.name in wanted:
            unit = feature.unit_in("px or mm")
            console.print(terminal.title(feature.name, f"{feature.title}{f' [{unit}]' if unit else ''}"))
            console.print(terminal.facts([
                ("each row adds", feature.each.source), ("value from the sum S", feature.whole.source),
                ("defined by", f"{feature.reference}{f', {feature.code}' if feature.code else ''}"),
            ]))  # fmt: skip
