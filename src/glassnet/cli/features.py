"""``glassnet features``: a folder of images in, a table of hand-crafted features out; or one feature, opened."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from glassnet.cli import terminal
from glassnet.cli.destination import FEATURES, PAGE, SETTINGS, check_destination
from glassnet.cli.options import Force, Quiet
from glassnet.cli.predict import safe_cell
from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.images import FeatureTable
    from glassnet.images.features import Discretization
    from glassnet.images.reading import MaskSource, Reading

EXAMPLES = """
Examples:

glassnet features scans/ --out features.csv

glassnet features ct/ --mask masks/ --bin-width 25 --slices all --out features.csv

glassnet features scans/ --families intensity,co-occurrence --bins 32 --out features.csv

glassnet features --families symmetry

glassnet features scan.png --open co_occurrence_contrast_2d_averaged --html contrast.html
"""
_READING, _MEASURING, _OPENING = "Reading", "Measuring", "Opening one feature"
_MOST_LISTED = 8


def features(
    scans: Annotated[
        Path | None,
        typer.Argument(
            help="A folder of images (a sub-folder per class, or flat), an image, or a .npz or .npy file.",
            metavar="SCANS", show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The table to write, as CSV.", show_default=False)
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(
            help="A folder with a mask of the same name for each image, or the mask of one image.",
            rich_help_panel=_READING, show_default=False,
        ),
    ] = None,
    mask_suffix: Annotated[
        str,
        typer.Option(
            help="Masks lie beside their images, with this before the ending: _mask for scan_mask.png.",
            rich_help_panel=_READING, show_default=False,
        ),
    ] = "",
    mask_value: Annotated[
        int | None,
        typer.Option(
            help="The value in the mask that marks the region.", rich_help_panel=_READING, show_default="all but 0"
        ),
    ] = None,
    slices: Annotated[
        str,
        typer.Option(help="Of volumes: center, all, a number, or '5 central'.", rich_help_panel=_READING),
    ] = "center",
    window: Annotated[
        bool, typer.Option("--window", help="Cut DICOM gray values to their window.", rich_help_panel=_READING)
    ] = False,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Of a .npz file: train, val or test; give it again for more.", rich_help_panel=_READING,
                     show_default="all"),
    ] = None,
    most_pixels: Annotated[
        int, typer.Option(help="Files that say they hold more are refused undecoded.", rich_help_panel=_READING)
    ] = 100_000_000,
    families: Annotated[
        str | None,
        typer.Option(
            help="Families or features, with commas between; without SCANS they are listed.",
            rich_help_panel=_MEASURING, show_default="the default set",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every way to combine directions and slices.", rich_help_panel=_MEASURING)
    ] = False,
    bins: Annotated[
        int | None, typer.Option(help="Gray levels per image.", rich_help_panel=_MEASURING, show_default="16")
    ] = None,
    bin_width: Annotated[
        float | None,
        typer.Option(help="Width of a gray level, instead of their number.", rich_help_panel=_MEASURING,
                     show_default=False),
    ] = None,
    first_bin: Annotated[
        float | None,
        typer.Option(help="Where the first gray level of a given width begins.", rich_help_panel=_MEASURING,
                     show_default="the smallest value"),
    ] = None,
    open_: Annotated[
        str | None,
        typer.Option("--open", metavar="FEATURE", help="Open this feature of one image to its pixels.",
                     rich_help_panel=_OPENING, show_default=False),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(help="Which image, by its name in the table.", rich_help_panel=_OPENING, show_default="the first"),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write the opened feature as a page.", rich_help_panel=_OPENING,
                                  show_default=False),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Measure hand-crafted features of images, each by a written rule that can be opened to its pixels.

    The table has a row per image and a column per feature; `train` takes it as it is. A file that cannot be read is
    named with its reason. Nothing is sent anywhere, and no text of a DICOM header is kept.
    """
    if scans is None:
        _list(terminal.output(), families)
        return
    from glassnet.images.features import DEFAULT_BINS, Discretization
    from glassnet.images.reading import MaskSource, Reading

    if out is None and open_ is None:
        raise ConfigurationError("Where to write the table is not said. Add --out features.csv (or --open FEATURE).")
    inputs = {"image source": scans, "mask source": mask}
    if out is not None:
        check_destination(out, FEATURES, inputs=inputs, outputs={"page": html}, force=force)
        check_destination(_settings_path(out), SETTINGS, inputs=inputs, outputs={"page": html}, force=force)
    if html is not None:
        check_destination(html, PAGE, inputs=inputs, force=force)
    count = DEFAULT_BINS if bins is None and bin_width is None else bins
    discretization = Discretization(bins=count, width=bin_width, start=first_bin)
    reading = Reading(slices, window, most_pixels)
    masks = MaskSource(mask, mask_suffix, mask_value)
    if mask is not None and not mask.exists():
        raise ConfigurationError(f"There is no mask file or folder {mask}. Check the path.")
    if open_ is not None:
        _open(scans, open_, image, html, discretization, (reading, masks, tuple(part or ())))
    if out is not None:
        only = None if families is None else [name for name in families.split(",") if name.strip()]
        table = _measured(scans, (reading, masks, tuple(part or ())), only, everything, discretization, quiet=quiet)
        _write(table, out)
        if quiet:
            typer.echo(out)
        else:
            _summarize(terminal.output(), table, out)


def _pictures(scans: Path, how: tuple[Reading, MaskSource, tuple[str, ...]]) -> Iterator[Any]:
    """The images of the command."""
    from glassnet.images.reading import read_images

    reading, masks, parts = how
    return read_images(scans, reading=reading, masks=masks, parts=parts)


def _measured(
    scans: Path, how: tuple[Reading, MaskSource, tuple[str, ...]], only: list[str] | None, everything: bool,
    discretization: Discretization, *, quiet: bool,
) -> FeatureTable:  # fmt: skip
    """The table, measured under a progress bar; an interrupt writes nothing."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from glassnet.images import feature_table
    from glassnet.images.reading import count_files

    console = terminal.notes()
    columns = (TextColumn("Measuring"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=count_files(scans))
        try:
            return feature_table(
                _pictures(scans, how), only=only, everything=everything, discretization=discretization,
                progress=lambda done: bar.update(task, completed=done),
            )  # fmt: skip
        except KeyboardInterrupt:
            bar.stop()
            console.print("Stopped. Nothing was written.")
            raise typer.Exit(130) from None


def _write(table: FeatureTable, out: Path) -> None:
    """The table, and beside it what is needed to measure the same again."""
    from glassnet.atomic import write_atomically

    written = io.BytesIO()  # bytes, a quarter of what text takes in memory
    text = io.TextIOWrapper(written, "utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in table.header])
    writer.writerows([safe_cell(cell) for cell in row] for row in table.rows())
    text.flush()
    write_atomically(out, written.getvalue())
    write_atomically(_settings_path(out), json.dumps(table.settings(), indent=1, ensure_ascii=False) + "\n")


def _settings_path(out: Path) -> Path:
    """Where the settings lie: ``features.settings.json`` for ``features.csv``."""
    return out.with_name(f"{out.stem}.settings.json")


def _summarize(console: Console, table: FeatureTable, out: Path) -> None:
    """What was read, what was left out and why, and what to type next."""
    from collections import Counter

    from glassnet.tables.number_text import counted

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
    if table.unread:
        facts.append(("left out", counted(len(table.unread), "file")))
    console.print(terminal.facts(facts))
    reasons = Counter(each.reason for each in table.unread)
    for reason, count in reasons.most_common(_MOST_LISTED):
        names = [each.name for each in table.unread if each.reason == reason]
        more = f" and {count - 3} more" if count > 3 else ""
        console.print(f"    {', '.join(names[:3])}{more}: {reason}")
    if len(reasons) > _MOST_LISTED:
        console.print(f"    ... and {len(reasons) - _MOST_LISTED} more reasons; all stand in {_settings_path(out)}")
    terminal.print_notes(_remarks(table), all_of_them=True)
    console.print(f"\nWrote {out} ({terminal.size(out)}) and {_settings_path(out)}.")
    if len({label for label in table.labels if label}) > 1:
        grouped = " --groups group_id" if table.grouping.groups is not None else ""
        console.print(f"Next: glassnet train {out} --target label{grouped}", soft_wrap=True)


def _remarks(table: FeatureTable) -> Iterator[str]:
    """What the reader should not miss."""
    from glassnet.tables.number_text import counted

    grouping = table.grouping
    if grouping.copies or grouping.near_copies:
        yield (
            f"Identical to an earlier image: {grouping.copies}; nearly so: {grouping.near_copies}. "
            f"group_id is equal for copies, so that --groups group_id keeps them on one side of a split."
        )
    if grouping.by_patient:
        count = len(set(grouping.groups or ()))
        yield f"The {grouping.by_patient} name patients: group_id is equal for images of one ({count} groups)."
    if table.identifying:
        fields = ", ".join(f"{name} ({count})" for name, count in sorted(table.identifying.items()))
        yield f"Header fields that can identify a person are filled: {fields}. Nothing of them is kept or written."
    classes = {label for label in table.labels if label}
    if len(classes) == 1:
        yield f"There is one class only, {classes.pop()!r}: nothing can be learned from it."
    for remark, count in table.remarks.items():
        yield f"{counted(count, 'image')}: {remark}."
    undefined = table.undefined()
    if undefined:
        names = ", ".join(list(undefined)[:3]) + (" ..." if len(undefined) > 3 else "")
        what = counted(len(undefined), "feature")
        yield f"Not defined on some images, where their cells are empty: {what} ({names})."


def _open(
    scans: Path, name: str, image: str | None, html: Path | None, discretization: Discretization,
    how: tuple[Reading, MaskSource, tuple[str, ...]],
) -> None:  # fmt: skip
    """One feature of one image: as text, or as a page."""
    from glassnet.images.features import features as registry

    feature = registry[name]
    picture = _find(scans, image, how)
    spacing = picture.spacing if picture.mask is not None else None
    opening = feature.open(picture.gray, picture.mask, spacing=spacing, discretization=discretization)
    console = terminal.output()
    value = f"{opening.value:.10g} {opening.unit}".strip()
    console.print(terminal.title(f"{feature.title}: {value}", f"{picture.name}, {opening.settings}"))
    console.print(terminal.facts([
        (f"each {opening.kind} adds", feature.each.source), ("value from their sum S", feature.whole.source),
        ("rows", f"{len(opening.terms)} in {len(opening.groups)} groups" if len(opening.groups) > 1
         else f"{len(opening.terms)}"),
        ("computed once more", f"{opening.reevaluated():.10g}"),
    ]))  # fmt: skip
    if html is not None:
        from glassnet.atomic import write_atomically
        from glassnet.report.feature_page import feature_page

        write_atomically(html, feature_page(opening, picture.name, picture.remarks))
        console.print(f"Wrote {html} ({terminal.size(html)}). Open it in a browser.")


def _find(scans: Path, image: str | None, how: tuple[Reading, MaskSource, tuple[str, ...]]) -> Any:
    """The named image, or the first that can be read."""
    from glassnet.errors import DataError, nearest
    from glassnet.images.reading import Unread

    names = []
    for picture in _pictures(scans, how):
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
        for heading in ("family", "features", "needs", "first of them"):
            grid.add_column(heading, overflow="fold")
        for family in all_families():
            of = [feature for feature in registry.values() if feature.family == family]
            needs = {"needed": "a mask", "unused": "the whole image"}.get(of[0].mask, "")
            grid.add_row(family, str(len(of)), needs, of[0].title)
        console.print(grid)
        console.print("\nThe features of one: glassnet features --families symmetry")
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
