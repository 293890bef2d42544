"""Options of commands that read images, and the progress bar of the measurements."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.images import Measuring
    from glassnet.tables import ImagePlace

_READING, _MEASURING = "Reading images", "Measuring images"


@dataclass(frozen=True)
class ImageSource:
    """The options of every command that reads images: where the masks are, and which images are read."""

    mask: Annotated[
        Path | None,
        typer.Option(
            help="A folder with a mask of the same name for each image, or the mask of one image.",
            rich_help_panel=_READING,
            show_default=False,
        ),
    ] = None
    mask_suffix: Annotated[
        str,
        typer.Option(
            help="The suffix of masks stored next to their images: _mask for scan_mask.png.",
            rich_help_panel=_READING,
            show_default=False,
        ),
    ] = ""
    part: Annotated[
        list[str] | None,
        typer.Option(
            help="The part of a .npz file: train, val or test; repeat the option for more.",
            rich_help_panel=_READING,
            show_default="all",
        ),
    ] = None
    most_pixels: Annotated[
        int, typer.Option(help="The largest number of pixels; larger files are refused before they are "
                               "decoded.", rich_help_panel=_READING)
    ] = 100_000_000  # fmt: skip

    @property
    def place(self) -> ImagePlace:
        """The places of images and masks."""
        from glassnet.tables import ImagePlace

        return ImagePlace(self.mask, self.mask_suffix, tuple(self.part or ()), self.most_pixels)

    @property
    def words(self) -> list[str]:
        """The options as typed, for another command on the same images."""
        mask = [] if self.mask is None else ["--mask", str(self.mask)]
        suffix = ["--mask-suffix", self.mask_suffix] if self.mask_suffix else []
        parts = [word for part in self.part or () for word in ("--part", part)]
        return [*mask, *suffix, *parts]


@dataclass(frozen=True)
class ImageMeasuring:
    """The options of every command that decides how images are measured; a model stores them for prediction."""

    mask_value: Annotated[
        int | None,
        typer.Option(
            help="The value in the mask that marks the region.", rich_help_panel=_READING, show_default="all but 0"
        ),
    ] = None
    slices: Annotated[
        str,
        typer.Option(help="The slices of volumes: center, all, a number, or '5 central'.", rich_help_panel=_READING),
    ] = "center"
    window: Annotated[
        bool, typer.Option("--window", help="Clip DICOM gray values to their window.", rich_help_panel=_READING)
    ] = False
    families: Annotated[
        str | None,
        typer.Option(
            help="Families or features, separated by commas; glassnet features lists them.",
            rich_help_panel=_MEASURING,
            show_default="the default set",
        ),
    ] = None
    everything: Annotated[
        bool, typer.Option("--all", help="All ways to combine directions and slices.", rich_help_panel=_MEASURING)
    ] = False
    bins: Annotated[
        int | None,
        typer.Option(help="The number of gray levels per image.", rich_help_panel=_MEASURING, show_default="16"),
    ] = None
    bin_width: Annotated[
        float | None,
        typer.Option(
            help="The width of a gray level, instead of their number.", rich_help_panel=_MEASURING, show_default=False
        ),
    ] = None
    first_bin: Annotated[
        float | None,
        typer.Option(help="The lower end of the first gray level of a given width.", rich_help_panel=_MEASURING,
                     show_default="the smallest value"),
    ] = None  # fmt: skip

    @property
    def measuring(self) -> Measuring:
        """How images are measured."""
        from glassnet.images import Measuring
        from glassnet.images.features import DEFAULT_BINS, Discretization

        count = DEFAULT_BINS if self.bins is None and self.bin_width is None else self.bins
        names = None if self.families is None else tuple(name for name in self.families.split(",") if name.strip())
        return Measuring(
            self.slices, self.window, self.mask_value,
            Discretization(bins=count, width=self.bin_width, start=self.first_bin), names, self.everything,
        )  # fmt: skip


def option_given(options: object, *kinds: type, besides: type | None = None) -> str:
    """The first option of these dataclasses that the user has given, as typed; empty if there is none."""
    passed = set() if besides is None else {field.name for field in dataclasses.fields(besides)}
    for kind in kinds:
        for field in dataclasses.fields(kind) if isinstance(options, kind) else ():
            if field.name not in passed and getattr(options, field.name) != field.default:
                return f"--{'all' if field.name == 'everything' else field.name.replace('_', '-')}"
    return ""


def refuse_for_tables(options: object, path: Path) -> None:
    """Raise `ConfigurationError` for image options where a table is read."""
    if option := option_given(options, ImageSource, ImageMeasuring):
        raise ConfigurationError(f"{option} is for images, and {path} is read as a table. Omit it.")


@contextmanager
def measuring_bar(path: Path, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """A progress bar while the images of a source are measured; yields a function of the number of images done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from glassnet.images.reading import count_files

    console = terminal.notes()
    columns = (TextColumn("Measuring"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    visible = console.is_terminal and not quiet
    with Progress(*columns, console=console, transient=True, disable=not visible) as bar:
        task = bar.add_task("", total=count_files(path) if visible else None)
        yield lambda done: bar.update(task, completed=done)
