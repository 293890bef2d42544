"""What was measured, as JSON and as a table; bars that are not met are shown as not met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.machine import Machine
from benchmarks.measure import Row
from benchmarks.profile import PARTS, REST, Profile
from benchmarks.scaling import OWN_FORMULA_BAR, PRODUCTS_BAR, Curve, OwnFormula, Products, Threads

BUSY = 1.2
"""A load above this is more than this run itself and a little company."""


@dataclass(frozen=True)
class Report:
    """One run of the benchmarks."""

    date: str
    machine: Machine
    rows: Sequence[Row]
    missing: Sequence[str]
    curves: Sequence[Curve] = ()
    products: Sequence[Products] = ()
    own: Sequence[OwnFormula] = ()
    profiles: Sequence[Profile] = ()
    threads: Sequence[Threads] = ()
    quick: bool = False
    how: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types; times in seconds."""
        return {
            "date": self.date,
            "quick": self.quick,
            "machine": self.machine.to_dict(),
            "missing_peers": list(self.missing),
            "how": self.how,
            "rows": [self._row(row) for row in self.rows],
            "scaling": [
                {"name": c.name, "title": c.title, "x": list(c.x), "seconds": _short(c.seconds), "cliffs": c.cliffs()}
                for c in self.curves
            ],
            "products": [{"case": p.name, "gflops": _digits(p.gflops)} for p in self.products],
            "own_formulas": [
                {"formula": o.formula, "built_in": o.built_in, "seconds": _short(o.seconds), "speed": _digits(o.speed)}
                for o in self.own
            ],
            "profiles": [
                {"case": p.case, "shares": {n: _digits(s) for n, s in p.shares.items()}} for p in self.profiles
            ],
            "threads": [
                {
                    "case": t.name,
                    "seconds": {str(n): _digits(s) for n, s in t.seconds.items()},
                    "gain": _digits(t.gain),
                    "bar": t.bar,
                }
                for t in self.threads
            ],
        }

    def _row(self, row: Row) -> dict[str, object]:
        """One row of the table with every repeat."""
        return {
            "case": row.name,
            "unit": row.unit,
            "precision": row.precision,
            "seconds": {name: _short(values) for name, values in row.seconds.items()},
            "median": {name: _digits(row.median(name)) for name in row.seconds},
            "gflops": _digits(row.gflops) if row.gflops else None,
            "share_of_peak": _digits(self.share(row) or 0.0) or None,
            "share_bar": row.share,
            "share_met": (self.share(row) or 0.0) >= row.share if row.share else None,
            "ratios": {
                peer: {
                    "median": _digits(row.ratio(peer).median), "low": _digits(row.ratio(peer).low),
                    "high": _digits(row.ratio(peer).high), "bar": row.bars.get(peer),
                    "met": row.ratio(peer).median >= row.bars[peer] if peer in row.bars else None,
                    "at_peak": self.at_peak(row, peer),
                }
                for peer in row.peers
            },
            "limit": row.limit,
            "limit_met": row.median("glassnet") <= row.limit if row.limit else None,
            "loss_differences": {name: _short(pair) for name, pair in row.differences.items()},
            "preparation": {name: _digits(value) for name, value in row.preparation.items()},
            "note": row.note,
        }  # fmt: skip

    def share(self, row: Row) -> float | None:
        """The part of the FMA peak that the whole step reaches."""
        peak = self.peak(row)
        return row.gflops / peak if row.gflops and peak else None

    def peak(self, row: Row) -> float | None:
        """The FMA peak in the row's precision; a vector holds half as many numbers in float64."""
        peak = self.machine.peak_gflops
        return peak / 2 if peak and row.precision == "float64" else peak

    def at_peak(self, row: Row, peer: str) -> float | None:
        """The ratio if glassnet did nothing but the products, at the FMA peak: no program reaches more here."""
        peak = self.peak(row)
        return _digits(row.median(peer) * 1e9 * peak / row.flops) if row.flops and peak else None

    def markdown(self) -> str:
        """The whole report as Markdown."""
        parts = [self._head(), self._table(), self._own(), self._products(), self._profiles(), self._scaling()]
        parts += [self._formulas()]
        return "\n".join(line for part in [*parts, self._threads()] for line in part) + "\n"

    def _head(self) -> Iterator[str]:
        m = self.machine
        peak = f"{m.peak_gflops:g} GFLOP/s" if m.peak_gflops else "unknown"
        versions = ", ".join(f"{name} {version}" for name, version in m.versions.items())
        yield f"# Speed on {m.processor}{f' ({m.family})' if m.family else ''}"
        yield ""
        if self.quick:
            yield "A quick run, to see that everything works. **Its numbers mean nothing.**\n"
        yield (
            f"{self.date}, one pinned core of {m.cores}, float32, Adam. FMA peak {peak} ({m.peak_note}), copy "
            f"{m.copy_gbytes:g} GB/s. Vectors: {', '.join(m.vectors) or 'unknown'}. {m.system}, Python {m.python}, "
            f"{versions}. Load of the machine at the start: {m.load:g}."
        )
        yield ""
        if m.load > BUSY:
            yield (
                f"**The machine was busy** (load {m.load:g}): Python between small steps suffers more from that than "
                "compiled loops do, so ratios may be too high, and thread counts say little.\n"
            )
        if self.missing:
            yield f"Not installed, so not compared: {', '.join(self.missing)}.\n"
        yield (
            "Times are medians of interleaved repeats; ratios are those within a repeat: median (lowest to highest). "
            "*At the peak* is the ratio if glassnet did nothing but the matrix products, at the machine's FMA peak; "
            "a bar above it cannot be met here."
        )
        yield ""

    def _table(self) -> Iterator[str]:
        yield "| case | glassnet | peer | its time | ratio | bar | met | at the peak |"
        yield "|---|--:|---|--:|--:|--:|---|--:|"
        for row in self.rows:
            for peer in row.peers:
                ratio, bar = row.ratio(peer), row.bars.get(peer)
                met = "" if bar is None else "yes" if ratio.median >= bar else "**no**"
                most = self.at_peak(row, peer)
                yield (
                    f"| {row.name} | {duration(row.median('glassnet'))} | {peer} | {duration(row.median(peer))} "
                    f"| {times(ratio.median)} ({times(ratio.low)} to {times(ratio.high)}) "
                    f"| {'' if bar is None else f'{bar:g}'} | {met} | {'' if most is None else times(most)} |"
                )
        yield ""

    def _own(self) -> Iterator[str]:
        yield "What the times mean for the machine (products of the step over the time of the whole step):"
        yield ""
        yield "| case | time | GFLOP/s | share of peak | bar | met | limit | met | note |"
        yield "|---|--:|--:|--:|--:|---|--:|---|---|"
        for row in self.rows:
            own, share = row.median("glassnet"), self.share(row)
            notes = [row.note] if row.note else []
            notes += [f"{name} compiled for {value:.1f} s first" for name, value in row.preparation.items()]
            met = "" if not row.limit else "yes" if own <= row.limit else "**no**"
            peak = self.peak(row)
            if row.limit and row.flops and peak and row.flops / peak / 1e9 > row.limit:
                notes.append(f"the products alone take {duration(row.flops / peak / 1e9)} at the peak")
            yield (
                f"| {row.name} | {duration(own)} | {'' if row.gflops is None else f'{row.gflops:.3g}'} "
                f"| {'' if share is None else f'{share:.2f}'} | {'' if row.share is None else f'{row.share:.2f}'} "
                f"| {'' if row.share is None or share is None else 'yes' if share >= row.share else '**no**'} "
                f"| {duration(row.limit) if row.limit else ''} | {met} "
                f"| {'; '.join(notes)} |"
            )
        yield ""

    def _products(self) -> Iterator[str]:
        if not self.products:
            return
        yield "## Matrix products inside the step"
        yield ""
        yield "From the extra time of twice the batch, so that the optimizer's update drops out."
        yield ""
        for entry in self.products:
            peak = self.machine.peak_gflops
            share = entry.gflops / peak if peak else None
            told = "" if share is None else f", {share:.2f} of the peak; {verdict(share, PRODUCTS_BAR)}"
            yield f"* {entry.name}: {entry.gflops:.3g} GFLOP/s{told}"
        yield ""

    def _profiles(self) -> Iterator[str]:
        if not self.profiles:
            return
        yield "## Where the time goes"
        yield ""
        yield "Shares of the engine's time, from samples of `perf`; *rows* is shuffling and selecting them."
        yield ""
        names = [*PARTS, REST]
        yield f"| case | {' | '.join(names)} |"
        yield f"|---|{'--:|' * len(names)}"
        for entry in self.profiles:
            yield f"| {entry.case} | {' | '.join(f'{100 * entry.shares[name]:.0f} %' for name in names)} |"
        yield ""

    def _scaling(self) -> Iterator[str]:
        if not self.curves:
            return
        yield "## Scaling of one step"
        yield ""
        for curve in self.curves:
            cliffs = curve.cliffs()
            yield (
                f"* {curve.name}, {curve.title}: {duration(curve.seconds[0])} at {curve.x[0]}, "
                f"{duration(curve.seconds[-1])} at {curve.x[-1]}; "
                f"{'no cliff' if not cliffs else 'cliffs: ' + '; '.join(cliffs)}"
            )
        yield ""

    def _formulas(self) -> Iterator[str]:
        if not self.own:
            return
        yield "## Own formulas, 10-32-32-1, batch 32"
        yield ""
        for o in self.own:
            built_in, own = (duration(seconds) for seconds in o.seconds)
            met = verdict(o.speed, OWN_FORMULA_BAR)
            yield f"* `{o.formula}`: {own}, {o.built_in}: {built_in}; {o.speed:.2f} of the speed; {met}"
        yield ""

    def _threads(self) -> Iterator[str]:
        if not self.threads:
            return
        yield "## Threads (wall time)"
        yield ""
        for entry in self.threads:
            written = ", ".join(f"{count}: {duration(seconds)}" for count, seconds in entry.seconds.items())
            yield f"* {entry.name}: {written}; gain {entry.gain:.2f}; {verdict(entry.gain, entry.bar)}"
        yield ""


def duration(seconds: float) -> str:
    """Three significant digits in a unit that reads well.

    >>> duration(4.1e-7), duration(0.00252), duration(3.0)
    ('410 ns', '2.52 ms', '3.00 s')
    """
    for factor, unit in ((1e9, "ns"), (1e6, "µs"), (1e3, "ms")):
        if seconds * factor < 999.5:
            return f"{seconds * factor:#.3g}".rstrip(".") + f" {unit}"
    return f"{seconds:.2f} s"


def verdict(value: float, bar: float) -> str:
    """A bar and whether it is met.

    >>> verdict(1.95, 1.9)
    'bar 1.9 met'
    """
    return f"bar {bar:g} met" if value >= bar else f"bar {bar:g} **not met**"


def times(ratio: float) -> str:
    """A ratio in three significant digits, without an exponent."""
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.3g}"


def _digits(value: float) -> float:
    """Four significant digits; more would be noise."""
    return float(f"{value:.4g}")


def _short(values: Sequence[float]) -> list[float]:
    return [_digits(value) for value in values]
