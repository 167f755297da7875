"""Brings a fresh clone to where it can run: environment, packages, front end, translations, static files.

Runs on any Python >= 3.11 with nothing installed, and does only what is missing or out of date, which it
tells by the contents of the files each step depends on, never by their times.

    python launcher/bootstrap.py [run | dev | bench | lock]
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = CHECKOUT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
REQUIREMENTS = CHECKOUT / "requirements"
BUILD = CHECKOUT / "build"
OLDEST_NODE = 20


class SetupError(Exception):
    """A step failed; the message says what to do."""


class Stamps:
    """Which inputs each finished step had, in one JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._digests: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._digests = {}

    def holds(self, step: str, digest: str) -> bool:
        return self._digests.get(step) == digest

    def set(self, step: str, digest: str) -> None:
        self._digests[step] = digest
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._digests, indent=2) + "\n", encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Set up for running (`run`), for developing and testing too (`dev`), with what the benchmarks compare
    the product with (`bench`), or for pinning anew (`lock`).

    `lock` leaves the front end alone: its lock does not match while its packages are being changed.
    Returns the exit code.
    """
    purpose = arguments[0] if arguments else "run"
    if purpose not in ("run", "dev", "bench", "lock"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        wait_for_other_setup()
        make_environment()
        stamps = Stamps(ENVIRONMENT / "acdconfig-setup.json")
        install_packages(stamps, "base" if purpose == "run" else "dev")
        if purpose == "bench":
            install_packages(stamps, "bench")
            install_libraries(CHECKOUT / "bench" / "context", _node_environment(stamps))
        if purpose == "lock":
            return 0
        built = Stamps(BUILD / "setup.json")
        build_front_end(stamps, built)
        compile_translations(built)
        collect_static_files(built)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def wait_for_other_setup() -> None:
    """One set-up at a time in one checkout; the lock goes with this process."""
    handle = os.open(__file__, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)


def make_environment() -> None:
    """Create .venv; again when the checkout moved or its Python is gone: its scripts hold both paths."""
    mark = ENVIRONMENT / "acdconfig-place"
    place = str(CHECKOUT)
    if mark.exists() and mark.read_text() == place and _runs(PYTHON):
        return
    if not (ENVIRONMENT / "pyvenv.cfg").exists() or not _runs(PYTHON) or mark.exists():
        print("Creating the Python environment in .venv…", flush=True)
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        _create_environment()
    # `pytest` and other scripts of the environment find the checkout from any folder.
    for packages in ENVIRONMENT.glob("lib/python3*/site-packages"):
        (packages / "acdconfig-checkout.pth").write_text(f"{place}\n")
    mark.write_text(place)


def _create_environment() -> None:
    made = _quiet([sys.executable, "-m", "venv", str(ENVIRONMENT)])
    if made.returncode == 0:
        return
    # Debian keeps what `venv` needs for pip in a package of its own; a pip outside can serve instead.
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    bare = _quiet([sys.executable, "-m", "venv", "--without-pip", str(ENVIRONMENT)])
    if bare.returncode == 0:
        seed = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]
        if _quiet(seed).returncode == 0:
            return
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise SetupError(
        f"{sys.executable} cannot create an environment with pip:\n{made.stdout}{made.stderr}\n"
        f"On Debian or Ubuntu: apt-get install python{version}-venv. Or name another Python: "
        "make run PYTHON=/path/to/python3"
    )


def install_packages(stamps: Stamps, name: str) -> None:
    """Install requirements/NAME.txt unless it is there: dev.txt holds base.txt with the same pins."""
    base = digest_of([REQUIREMENTS / "base.txt"])
    wanted = digest_of([REQUIREMENTS / f"{name}.txt"])
    if stamps.holds(name, wanted) or (name == "base" and stamps.holds("dev-base", base)):
        return
    print(f"Installing the Python packages of requirements/{name}.txt…", flush=True)
    _pip_install(REQUIREMENTS / f"{name}.txt")
    stamps.set(name, wanted)
    stamps.set("dev-base", base if name == "dev" else "")


def _pip_install(lock: Path) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "-qq", "--no-input"]
    command += ["--disable-pip-version-check", "-r", str(lock)]
    if subprocess.run(command, cwd=CHECKOUT, check=False).returncode != 0:
        raise SetupError(f"The packages of {lock.name} could not be installed; what pip says is above.")


def build_front_end(stamps: Stamps, built: Stamps) -> None:
    """Bundle assets/ into build/static when the sources, the locked libraries or the build changed."""
    digest = digest_of([*_npm_files(CHECKOUT), *_files(CHECKOUT / "assets")])
    if built.holds("front end", digest) and (BUILD / "static").is_dir():
        return
    environment = _node_environment(stamps)
    install_libraries(CHECKOUT, environment)
    print("Building the front end…", flush=True)
    _run(["node", "assets/build.mjs"], environment, "The build of the front end")
    built.set("front end", digest)


def install_libraries(folder: Path, environment: dict[str, str]) -> None:
    """Install what the package-lock.json of `folder` pins, unless it is there."""
    digest = digest_of(_npm_files(folder))
    modules = Stamps(folder / "node_modules" / ".acdconfig-setup.json")
    if modules.holds("npm", digest):
        return
    print(f"Installing the libraries of {folder.relative_to(CHECKOUT) / 'package.json'}…", flush=True)
    command = ["npm", "ci", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error"]
    _run(command, environment, "npm ci")
    modules.set("npm", digest)


def _npm_files(folder: Path) -> list[Path]:
    return [folder / name for name in ("package.json", "package-lock.json", ".npmrc")]


def _node_environment(stamps: Stamps) -> dict[str, str]:
    """An environment whose PATH has Node.js: the machine's if new enough, else that of a Python wheel."""
    if shutil.which("npm") and _node_version() >= OLDEST_NODE:
        return dict(os.environ)
    digest = digest_of([REQUIREMENTS / "node.txt"])
    if not stamps.holds("node", digest):
        print(f"No Node.js {OLDEST_NODE} or newer here: installing it into .venv…", flush=True)
        _pip_install(REQUIREMENTS / "node.txt")
        stamps.set("node", digest)
    return os.environ | {"PATH": f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _node_version() -> int:
    node = shutil.which("node")
    shown = _quiet([node, "--version"]).stdout.strip() if node else ""
    major = shown.removeprefix("v").partition(".")[0]
    return int(major) if major.isdigit() else 0


def compile_translations(built: Stamps) -> None:
    """Compile locale/*/LC_MESSAGES/django.po by Babel: a fresh machine has no GNU gettext."""
    sources = sorted((CHECKOUT / "locale").glob("*/LC_MESSAGES/django.po"))
    digest = digest_of(sources)
    if not sources or (built.holds("translations", digest) and all(_compiled(path) for path in sources)):
        return
    for source in sources:
        locale = source.parent.parent.name
        command = [str(PYTHON), "-m", "babel.messages.frontend", "compile", "-i", str(source)]
        done = _quiet([*command, "-o", str(source.with_suffix(".mo")), "-l", locale])
        if done.returncode != 0:
            raise SetupError(f"The translations in {source} cannot be compiled:\n{done.stdout}{done.stderr}")
    built.set("translations", digest)


def _compiled(source: Path) -> bool:
    return source.with_suffix(".mo").exists()


def collect_static_files(built: Stamps) -> None:
    """Gather and compress what WhiteNoise serves, when a page's own file or a package's may have changed."""
    own = [
        path for folder in CHECKOUT.glob("*/static") if folder != BUILD / "static" for path in _files(folder)
    ]
    digest = digest_of([*_files(BUILD / "static"), *own, REQUIREMENTS / "base.txt"])
    if built.holds("static files", digest) and (BUILD / "collected" / "staticfiles.json").exists():
        return
    print("Collecting the static files…", flush=True)
    environment = {name: value for name, value in os.environ.items() if name != "DEBUG"}
    command = [str(PYTHON), "manage.py", "collectstatic", "--noinput", "--clear", "-v", "0"]
    _run(command, environment, "collectstatic")
    built.set("static files", digest)


def digest_of(paths: Iterable[Path]) -> str:
    """A digest of names and contents; a missing file counts as an empty one."""
    digest = hashlib.sha256(str(CHECKOUT).encode())
    for path in sorted(paths):
        content = path.read_bytes() if path.exists() else b""
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _runs(python: Path) -> bool:
    try:
        return _quiet([str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).returncode == 0
    except OSError:
        return False


def _quiet(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def _run(command: Sequence[str], environment: dict[str, str], what: str) -> None:
    program = shutil.which(command[0], path=environment.get("PATH")) or command[0]
    done = subprocess.run([program, *command[1:]], cwd=CHECKOUT, env=environment, check=False)
    if done.returncode != 0:
        raise SetupError(f"{what} failed; what it says is above.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
