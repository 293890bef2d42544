"""The browser and the screens on which pages are looked at."""

import shutil

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SIZES = {"desk": (1280, 800), "laptop": (1280, 640), "wide": (1920, 1080), "phone": (400, 850)}
