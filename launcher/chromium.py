"""Finds the Chromium that drives the browser tests, or installs Debian's where that is allowed.

python -m launcher.chromium        prints its path; installs it first as root on Debian
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HOW_TO_GET_ONE = (
    "no Chromium found: apt-get install chromium (Debian), or `.venv/bin/playwright install chromium`, "
    "or name one by CHROMIUM=/path/to/chromium"
)


def find_chromium() -> Path | None:
    """CHROMIUM, one on the PATH, or one that Playwright installed."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named) if Path(named).exists() else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return next(iter(sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)), None)


def install_chromium() -> None:
    """Install Debian's package, if this is root on Debian (elsewhere the package only leads to a snap)."""
    release = Path("/etc/os-release")
    is_debian = release.exists() and "ID=debian" in release.read_text().splitlines()
    if os.geteuid() != 0 or not is_debian or not shutil.which("apt-get"):
        return
    print("Installing Debian's Chromium for the browser tests…", file=sys.stderr, flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", *command], env=environment, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            return


def main() -> int:
    """Print the path of a Chromium. Missing is no failure here: the tests say what they skip."""
    if find_chromium() is None and not os.environ.get("CHROMIUM"):
        install_chromium()
    print(find_chromium() or HOW_TO_GET_ONE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
