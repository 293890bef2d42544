"""Write the contract below the current folder: ``python -m glassnet.studio.contract``."""

from __future__ import annotations

import sys
from pathlib import Path

from glassnet.studio.contract.document import write

for path in write(Path.cwd()):
    sys.stdout.write(f"{path}\n")
