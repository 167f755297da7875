"""`make lock`: pins every dependency of pyproject.toml with its hashes, naming no host and no path."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
REQUIREMENTS = CHECKOUT / "requirements"


def main() -> int:
    """Write requirements/base.txt, dev.txt and bench.txt (supersets, same pins), node.txt, and npm's locks."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    base = project["dependencies"]
    extras = project["optional-dependencies"]
    upgrade = ["--upgrade"] if "--upgrade" in sys.argv else []
    _compile("base.txt", base, upgrade)
    _compile("dev.txt", base + extras["dev"], [*upgrade, "--constraints", "requirements/base.txt"])
    _compile("bench.txt", base + extras["dev"] + extras["bench"], [*upgrade, "--constraints", "requirements/dev.txt"])
    _compile("node.txt", extras["node"], upgrade)
    for folder in (CHECKOUT, CHECKOUT / "bench" / "context"):
        subprocess.run(["npm", "install", "--package-lock-only"], cwd=folder, check=True)
    return 0


def _compile(name: str, requirements: list[str], options: list[str]) -> None:
    command = [str(Path(sys.executable).parent / "uv"), "pip", "compile", "-", "--universal"]
    command += ["--generate-hashes", "--no-header", "--python-version", "3.11", "--quiet", *options]
    command += ["--output-file", str(REQUIREMENTS / name)]
    subprocess.run(
        command,
        input="\n".join(requirements),
        text=True,
        cwd=CHECKOUT,
        env=os.environ | {"UV_PYTHON_DOWNLOADS": "never"},
        stdout=subprocess.DEVNULL,
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
