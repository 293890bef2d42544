"""``glassnet formulas``: list every concept of the registries, or show one with its formulas and curve."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError, nearest

if TYPE_CHECKING:
    from glassnet.formulas import Registry
    from glassnet.pages import Plot

EXAMPLES = """
Examples:

glassnet formulas

glassnet formulas gelu

glassnet formulas "huber(delta=2)" --latex
"""
_CURVE_WIDTH = 38
_NOT_FACTS = ("name", "summary", "reference", "parameters")


@cache
def registries() -> dict[str, Registry[Any]]:
    """Every registry of concepts by its name in the plural."""
    import glassnet.formulas as concepts

    known = {name: getattr(concepts, name) for name in sorted(concepts.__all__, key=list(vars(concepts)).index)}
    return {name: value for name, value in known.items() if isinstance(value, concepts.Registry)}


def complete_from(*plurals: str) -> Callable[[str], list[tuple[str, str]]]:
    """A shell completion that offers the names in the given registries, or in all of them if none is given."""

    def complete(incomplete: str) -> list[tuple[str, str]]:
        return [
            (name, record.summary)
            for plural in plurals or registries()
            for name, record in registries()[plural].items()
            if name.startswith(incomplete)
        ]

    return complete


def formulas(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A concept, such as relu, adam or leaky_relu(slope=0.2).",
            autocompletion=complete_from(),
            show_default=False,
        ),
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Print only the formulas, in LaTeX, ready to paste.")] = False,
) -> None:
    """List every activation, loss, penalty, optimizer, schedule and initializer, or explain one.

    The printed formula is the one that runs: the compiled engine is generated from it.
    """
    matches = list(_find(name)) if name else []
    if latex:
        records = [r for _, r in matches] or [r for registry in registries().values() for r in registry.values()]
        for record in records:
            for label, _, written in formulas_of(record):
                terminal.write(f"% {record.name}: {label}\n{written}\n")
        return
    console = terminal.output()
    if not name:
        for plural, registry in registries().items():
            console.print(terminal.title(plural, f"{len(registry)}"))
            console.print(terminal.facts([(key, record.summary) for key, record in registry.items()]))
            console.print()
        console.print("Show one with its formulas and curve: glassnet formulas NAME")
        return
    for registry, record in matches:
        _print_record(console, registry, record)


def _find(spec: str) -> Iterator[tuple[Registry[Any], Any]]:
    """Every registry that has the name, with the record; a name may be both an activation and a loss."""
    bare = spec.partition("(")[0].strip()
    holders = [registry for registry in registries().values() if bare in registry]
    if not holders:
        known = sorted({name for registry in registries().values() for name in registry})
        raise ConfigurationError(f"No formula is called {bare!r}. {nearest(bare, known)} All names: glassnet formulas")
    for registry in holders:
        yield registry, registry.resolve(spec)


def formulas_of(record: Any) -> Iterator[tuple[str, str, str]]:
    """Label, text and LaTeX of each formula of a record, in the order in which they are computed."""
    from glassnet.formulas import Expression, Loss

    if isinstance(record, Loss) and record.value is None:
        yield "value", record.text_value, record.latex_value
        yield "gradient", record.text_gradient, record.latex_gradient
    for field in sorted(dataclasses.fields(record), key=lambda field: field.name != "scalars"):
        value = getattr(record, field.name)
        if isinstance(value, Expression):
            yield field.name.replace("_", " "), value.text, value.latex
        elif isinstance(value, Mapping):
            for key, formula in value.items():
                yield f"new {key}" if field.name == "updates" else key, formula.text, formula.latex


def _facts_of(record: Any) -> Iterator[tuple[str, str]]:
    """The fields that are neither formulas nor parameters, as text, without uninformative ones."""
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        plain = isinstance(value, (str, tuple)) and value and all(isinstance(v, (str, float, int)) for v in value)
        if field.name in _NOT_FACTS or field.name.startswith(("latex", "text")):
            continue
        if field.name in ("range", "target_domain"):
            value, plain = f"{value[0]:g} to {value[1]:g}", True
        elif plain and isinstance(value, tuple):
            value = ", ".join(map(str, value))
        elif isinstance(value, float) and value not in (0.0, 1.0):
            value, plain = f"{value:.6g}", True
        if plain:
            yield field.name.replace("_", " "), value


def _print_record(console: Any, registry: Registry[Any], record: Any) -> None:
    """Print everything about a record."""
    from glassnet.report.terminal_chart import chart_lines

    aliases = registry.aliases_of(record.name)
    console.print(terminal.title(record.name, registry.concept + (f", also {', '.join(aliases)}" if aliases else "")))
    console.print(f"  {record.summary}\n")
    lines = list(formulas_of(record))
    margin = max((len(label) for label, _, _ in lines), default=0)
    for label, text, written in lines:  # formulas are never broken, so that they can be copied
        console.print(Text(f"  {label:<{margin}}  ", style="dim").append(text, style="not dim bold"), soft_wrap=True)
        console.print(Text(f"  {'':<{margin}}  {written}", style="dim"), soft_wrap=True)
    console.print()
    rows: list[tuple[str, Any]] = [(p.name, f"{p.default:g}, in {p.domain}: {p.meaning}") for p in record.parameters]
    rows += [*_facts_of(record), *([("reference", record.reference)] if record.reference else [])]
    if rows:
        console.print(terminal.facts(rows))
        console.print()
    drawn = [chart_lines(plot, _CURVE_WIDTH) for plot in _curves(record)]
    for parts in zip(*drawn, strict=True):
        console.print("  " + "  ".join(part.ljust(_CURVE_WIDTH) for part in parts).rstrip())
    if drawn:
        console.print()


def _curves(record: Any) -> Iterator[Plot]:
    """The plots of a record: its value and derivative, or its course over time."""
    import numpy as np

    from glassnet.formulas import Activation, Loss, Penalty, Schedule

    if isinstance(record, Activation):
        z = np.linspace(-4.0, 4.0, 401)
        yield _plot("z", z, "a", record.apply(z))
        yield _plot("z", z, "da/dz", record.slope(z))
    elif isinstance(record, Loss):
        low, _ = record.target_domain
        target = 1.0 if record.task != "regression" else 2.0 if low == 0.0 else 0.0
        f = np.linspace(-3.0, 3.0, 401)
        raw, y = f[:, None], np.full((401, 1), target)
        if record.batch is not None:  # two patients: the first dies, the other (raw prediction 0) survives
            yield _plot("f", f, "loss next to f = 0", np.logaddexp(f, 0.0) - f)
            yield _plot("f", f, "dL/df", 1 / (1 + np.exp(-f)) - 1)
            return
        if record.rows is not None:  # two classes: the first is right, the second has the raw prediction 0
            raw, y = np.column_stack([f, 0.0 * f]), np.tile([1.0, 0.0], (401, 1))
        yield _plot("f", f, f"loss for y = {target:g}", record.row_losses(raw, y))
        yield _plot("f", f, "dL/df", np.asarray(record.raw_gradient(raw, y))[:, 0])
    elif isinstance(record, Penalty):
        w = np.linspace(-2.0, 2.0, 401)
        yield _plot("w", w, "penalty", record.apply(w))
        yield _plot("w", w, "slope", record.slope(w))
    elif isinstance(record, Schedule):
        steps = np.arange(400)
        factors = [record.factor_at(step=int(s), steps=400, samples=32 * int(s)) for s in steps]
        yield _plot("step", steps, "factor, 32 rows per step", factors)


def _plot(x_label: str, x: Any, y_label: str, y: Any) -> Plot:
    """One curve over its own range of x; a constant derivative gets the shape of x."""
    import numpy as np

    from glassnet.pages import Plot, Series

    values = np.broadcast_to(np.asarray(y, dtype=np.float64), np.shape(x))
    return Plot([Series("", list(x), values.tolist())], x_label, y_label, x_range=(float(x[0]), float(x[-1])))
