"""One run from the first measurement to the last file."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from pathlib import Path

from benchmarks import charts, dropin, images, machine, profile, recipe, scaling, survival, whole
from benchmarks.cases import CASES
from benchmarks.measure import Row, training_row
from benchmarks.peers import available
from benchmarks.report import Report, duration, times

HERE = Path(__file__).parent


def run(arguments: argparse.Namespace, allowed: set[int]) -> int:
    """Measure what was asked for and write it."""
    effort = {"repeats": arguments.repeats, "seconds": arguments.seconds}
    quick, only = arguments.quick, arguments.only
    kinds, missing = available()
    for name in missing:
        say(f"{name} is not installed, so it is not compared.")
    looked = machine.look(seconds=0.02 if quick else 0.5)
    say(
        f"{looked.processor}: FMA peak {looked.peak_gflops} GFLOP/s, copy {looked.copy_gbytes} GB/s, load {looked.load}"
    )
    rows = []
    for case in CASES:
        if only in case.name:
            rows.append(training_row(case.quick() if quick else case, kinds, **effort))
            tell(rows[-1])
    for case in recipe.CASES:
        if only in case.name:
            rows.append(recipe.row(case.quick() if quick else case, kinds, **effort))
            tell(rows[-1])
    for case in images.CASES:
        if only in case.name:
            rows.append(images.row(case.quick() if quick else case, kinds, **effort))
            tell(rows[-1])
    if only in "LeNet-5, predict one image":
        rows.append(images.one_image(**effort))
        tell(rows[-1])
    if only in "Cox's loss":
        rows.append(survival.row(**effort, quick=quick))
        tell(rows[-1])
    parts: dict[str, list] = {}
    if not only:
        for row in whole.rows(**effort, epochs=20 if quick else 200):
            rows.append(row)
            tell(row)
        for row in dropin.rows(**effort):
            rows.append(row)
            tell(row)
        short = {"repeats": 2, "seconds": 0.001, "points": 3} if quick else {"repeats": 3, "seconds": 0.02}
        parts["curves"] = scaling.curves(**short)
        parts["products"] = scaling.products(**effort, quick=quick)
        parts["own"] = scaling.own_formulas(**effort, quick=quick)
        if why := profile.unavailable():
            say(f"No profiles: {why}.")
        else:
            cases = CASES[:1] if quick else (*CASES, *recipe.CASES)
            parts["profiles"] = profile.profiles(cases, 0.2 if quick else 2.0)
        if len(allowed) > 1:
            os.sched_setaffinity(0, allowed)
            counts = (1, 2) if len(allowed) == 2 else (1, 2, len(allowed))
            brief = effort if quick else {"repeats": 60, "seconds": 0.015}  # wall time needs one quiet moment of each
            parts["threads"] = [
                *scaling.threads(counts, **brief, quick=quick), *images.threads(counts, **brief, quick=quick)
            ]  # fmt: skip
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    how = {kind.name: kind.how for kind in kinds}
    report = Report(now, looked, rows, missing, quick=quick, how=how, **parts)
    write(report, arguments.output or HERE / "results", arguments.chart)
    return 0


def write(report: Report, folder: Path, chart: Path | None) -> None:
    """JSON, table and charts, named after the processor."""
    folder.mkdir(parents=True, exist_ok=True)
    words = f"{report.machine.processor} {report.machine.family}".lower()
    name = "-".join("".join(c if c.isalnum() else " " for c in words).split())
    data = json.dumps(report.to_dict(), indent=1, ensure_ascii=False) + "\n"
    files = {folder / f"{name}.json": data, folder / f"{name}.md": report.markdown()}
    if any(row.peers for row in report.rows):
        files[chart or folder / "speed.svg"] = charts.speed(json.loads(data))
    for curve in report.curves:
        files[folder / f"{name}-{curve.name}.svg"] = charts.scaling(curve)
    for path, content in files.items():
        path.write_text(content, encoding="utf-8")
    say(report.markdown())
    say(f"Written: {', '.join(path.name for path in files)}")


def tell(row: Row) -> None:
    """One line per finished row."""
    peers = ", ".join(f"{peer} × {times(row.ratio(peer).median)}" for peer in row.peers)
    say(f"{row.name}: {duration(row.median('glassnet'))} per {row.unit}; {peers}")


def say(message: str) -> None:
    """Write at once, so that a long run shows where it is."""
    sys.stdout.write(message + "\n")
    sys.stdout.flush()
