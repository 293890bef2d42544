"""The digital phantom of the Image Biomarker Standardization Initiative.

Zwanenburg et al. 2020, Radiology 295, 328-338; phantom and reference values CC BY 4.0. Four slices of 4 x 5 voxels of
2 mm; a point marks a voxel outside the mask (its gray value follows in `HIDDEN`).
"""

import csv
from pathlib import Path

import numpy as np

SLICES = """
1 4 4 1 1 / 1 4 6 1 1 / 4 1 6 4 1 / 4 4 6 4 1
1 4 4 1 1 / 1 1 6 1 1 / . 1 3 1 1 / 4 4 6 1 1
1 4 4 . . / 1 1 1 1 1 / 1 1 . 1 1 / 1 1 6 1 1
1 4 4 . . / 1 1 1 1 1 / 1 1 1 1 1 / 1 1 6 1 1
"""
HIDDEN = {(1, 2, 0): 1, (2, 2, 2): 9, (2, 0, 3): 1, (2, 0, 4): 1, (3, 0, 3): 1, (3, 0, 4): 1}


def phantom():
    """Image and mask, shape (4, 4, 5)."""
    rows = [[row.split() for row in line.split("/")] for line in SLICES.strip().splitlines()]
    mask = np.array([[[cell != "." for cell in row] for row in plane] for plane in rows])
    image = np.array([[[0 if cell == "." else int(cell) for cell in row] for row in plane] for plane in rows])
    for place, value in HIDDEN.items():
        image[place] = value
    return image, mask


def reference():
    """IBSI's name -> (value, tolerance), None where IBSI gives no value."""
    lines = (Path(__file__).parent / "ibsi_digital_phantom.csv").read_text().splitlines()
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    return {
        name: (float(value), float(tolerance)) if value else None
        for value, tolerance, name in (row[0].split(";") for row in rows[1:])
    }
