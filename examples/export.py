"""Train on patients, write the model as C, ONNX and NumPy, and let each of them answer for a patient with gaps.

It writes into the folder ``export-output``. It needs the extra ``glassnet[onnx]``; ONNX Runtime and a C compiler answer
too where they are there.
"""

from __future__ import annotations

import runpy
import shutil
import subprocess
from pathlib import Path

import numpy as np

from glassnet import GlassClassifier

PROGRAM = """#include <stdio.h>
#include "survival.h"
int main(void) {
  const survival_row patient = {.age = 71.0, .dose = NAN, .smoker = "yes", .ward = "never seen"};
  double answers[survival_n_answers];
  if (survival_self_test() != 0 || survival_predict(&patient, answers) != 0) return 1;
  printf("%.6f\\n", answers[1]);
  return 0;
}
"""


def patients(n: int = 400) -> dict[str, list]:
    """A made-up study with missing doses."""
    rng = np.random.default_rng(0)
    age, dose, smoker = rng.integers(30, 90, n), rng.normal(5, 2, n), rng.random(n) < 0.4
    ill = age / 20 - dose / 3 + 2 * smoker + rng.normal(size=n) > 3
    return {
        "age": age.tolist(), "dose": [None if k % 9 == 0 else float(d) for k, d in enumerate(dose)],
        "smoker": ["yes" if s else "no" for s in smoker], "ward": [f"ward {k % 5}" for k in range(n)],
        "outcome": ["died" if i else "lived" for i in ill],
    }  # fmt: skip


def main(folder: Path) -> None:
    """Train, export, and compare the answers."""
    folder.mkdir(parents=True, exist_ok=True)
    model = GlassClassifier(random_state=0).fit(patients(), target="outcome")
    patient = {"age": [71.0], "dose": [None], "smoker": ["yes"], "ward": ["never seen"]}
    chance = float(model.predict_proba(patient)[0, 1])
    print(f"glassnet      {model.classes_[1]}: {chance:.6f}")

    page = runpy.run_path(str(model.export_python(folder / "survival.py")))
    print(f"NumPy         {page['predict'](patient)['probabilities'][0, 1]:.6f}")

    model.export_c(folder / "survival.h")
    if shutil.which("cc"):
        (folder / "main.c").write_text(PROGRAM)
        subprocess.run(["cc", "-std=c99", "main.c", "-o", "survival", "-lm"], cwd=folder, check=True)
        done = subprocess.run([folder / "survival"], check=True, capture_output=True, text=True)
        print(f"C             {done.stdout.strip()}")

    try:
        import onnxruntime
    except ImportError:
        print("ONNX Runtime  is not installed")
        return
    session = onnxruntime.InferenceSession(
        model.export_onnx(folder / "survival.onnx"), providers=["CPUExecutionProvider"]
    )
    numbers = {"age": np.array([[71.0]]), "dose": np.array([[np.nan]])}
    texts = {name: np.array([patient[name]], dtype=object) for name in ("smoker", "ward")}
    probabilities = session.run(["probabilities"], {**numbers, **texts})[0]
    print(f"ONNX Runtime  {probabilities[0, 1]:.6f}")


if __name__ == "__main__":
    main(Path("export-output"))
