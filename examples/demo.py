"""From a table of patients, and from images, to trained networks, their predictions, and one prediction of each opened.

Run it with ``make demo``, or with an installed glassnet: ``python demo.py OUTPUT_FOLDER``. Every step is a command
that could be typed; each is printed before it runs.
"""

from __future__ import annotations

import csv
import shlex
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

from glassnet.cli import main
from glassnet.images import Knobs, phantoms

UNSURE = "256"  # a malignant tumor of which the network is unsure, so that the backward pass has something to say


def write_patients(path: Path) -> None:
    """Write the Wisconsin breast cancer table: 569 patients, 30 measurements, and a diagnosis in words."""
    data = load_breast_cancer()
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([*data.feature_names, "diagnosis"])
        for measurements, label in zip(data.data.tolist(), data.target, strict=True):
            table.writerow([*measurements, data.target_names[label]])


def run(*arguments: str | Path) -> None:
    """Print a command, run it, and stop the demo when it fails."""
    words = [str(argument) for argument in arguments]
    print(f"\n$ glassnet {shlex.join(words)}", flush=True)
    code = main(words)
    if code:
        sys.exit(code)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo-output")
    folder.mkdir(parents=True, exist_ok=True)
    patients, model = folder / "patients.csv", folder / "patients.glassnet"
    write_patients(patients)
    run("train", patients, "--target", "diagnosis", "--recipe", "lecture", "--hidden", "8", "--model", model)
    run("predict", model, patients, "--out", folder / "predictions.csv")
    run("trace", model, patients, "--row", UNSURE, "--html", folder / "trace.html")
    run("lecture", "--html", folder / "lecture.html")
    scans, network = folder / "scans.npz", folder / "scans.glassnet"
    made = phantoms(300, knobs=Knobs(position=0.5, orientation=0.5, appearance=0.2, noise=0.05), seed=1)
    np.savez(scans, images=made.images, labels=made.names)
    print(f"\nDrew {len(made.images)} phantoms of lesions, benign and malignant, to {scans}.")
    run("train", scans, "--target", "label", "--networks", "1", "--epochs", "60", "--model", network)
    run("trace", network, scans, "--row", "8", "--parameter", "W1[3,0,1,1]")
    run("trace", network, scans, "--row", "8", "--html", folder / "scan.html")
    print("\nWritten:")
    for path in sorted(folder.iterdir()):
        print(f"  {path}  {path.stat().st_size / 1024:.0f} KB")
    print(f"\nOpen in a browser: {(folder / 'trace.html').resolve().as_uri()}")
    for page in ("lecture.html", "scans-images.html", "scan.html"):
        print(f"                   {(folder / page).resolve().as_uri()}")
