"""Folders, secrets, ports, set-up steps: what a first start makes and a second one keeps."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import account, chromium, home, product
from launcher.bootstrap import Stamps, digest_of
from launcher.credentials import DEMO_USERS, load_credentials
from launcher.errors import LauncherError
from launcher.home import CHECKOUT
from launcher.translations import unfinished
from tests.launcher.conftest import bare_environment

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")


def test_secrets_are_made_once_and_only_for_their_owner(tmp_path):
    path = tmp_path / "secrets.json"
    first = load_credentials(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_credentials(path) == first
    assert len(base64.urlsafe_b64decode(first.field_encryption_key)) == 32
    assert len(base64.urlsafe_b64decode(first.vapid_private_key + "=")) == 32
    assert set(first.demo_passwords) == set(DEMO_USERS)
    assert len(set(first.demo_passwords.values())) == len(DEMO_USERS)


def test_a_broken_secrets_file_is_not_replaced(tmp_path):
    path = tmp_path / "secrets.json"
    path.write_text("{")
    with pytest.raises(LauncherError, match="backup"):
        load_credentials(path)
    assert path.read_text() == "{"


@needs_root
def test_below_a_closed_folder_the_database_goes_elsewhere_and_nothing_is_opened(tmp_path, capsys):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    opened = home.open_home(closed / "checkout" / "var")
    try:
        assert opened.postgres.is_relative_to(home.SYSTEM_STATE)
        assert account.others_may_enter(opened.postgres.parent)
        assert (closed / "checkout" / "var" / "postgres").is_symlink()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert str(opened.postgres) in capsys.readouterr().out
        assert home.open_home(closed / "checkout" / "var").postgres == opened.postgres
    finally:
        shutil.rmtree(opened.postgres)
        shutil.rmtree(opened.sockets)


@needs_root
def test_a_folder_others_may_enter_holds_the_database_itself(data_folder):
    opened = home.open_home(data_folder)
    assert opened.postgres == data_folder.resolve() / "postgres"
    assert opened.postgres.stat().st_uid == account.NOBODY
    assert stat.S_IMODE(opened.postgres.stat().st_mode) == 0o700


def test_a_folder_of_somebody_else_is_refused(tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(PermissionError, match="somebody else"):
        account.make_private_folder(tmp_path / "link", None)


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_in_use_is_named_with_the_way_out(taken_port, monkeypatch):
    monkeypatch.setenv("PORT", str(taken_port))
    with pytest.raises(LauncherError, match=rf"Port {taken_port} .*\n?.*PORT=8080 make run"):
        product.chosen_port()


@pytest.mark.parametrize("text", ["web", "0", "65536", "-1"])
def test_a_port_must_be_a_port(text, monkeypatch):
    monkeypatch.setenv("PORT", text)
    with pytest.raises(LauncherError, match="1 to 65535"):
        product.chosen_port()


def test_the_socket_port_passes_over_ports_in_use(taken_port, monkeypatch):
    monkeypatch.delenv("SOCKET_PORT", raising=False)
    chosen = product.chosen_socket_port(taken_port - 1)
    assert chosen > taken_port


def test_a_step_is_repeated_when_an_input_changed(tmp_path):
    source = tmp_path / "source"
    source.write_text("one")
    Stamps(tmp_path / "stamps.json").set("step", digest_of([source]))
    assert Stamps(tmp_path / "stamps.json").holds("step", digest_of([source]))
    source.write_text("two")
    assert not Stamps(tmp_path / "stamps.json").holds("step", digest_of([source]))
    source.unlink()
    assert not Stamps(tmp_path / "stamps.json").holds("step", digest_of([source]))


def test_a_broken_stamp_file_means_that_nothing_is_done_yet(tmp_path):
    (tmp_path / "stamps.json").write_text("half a fi")
    assert not Stamps(tmp_path / "stamps.json").holds("step", "")


def fake_python(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def find_python(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(CHECKOUT / "launcher" / "find-python")],
        env={"PATH": f"{path}:/nonexistent", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_python_new_enough_names_what_was_found(tmp_path):
    fake_python(tmp_path, "python3", '[ "$1" = --version ] && echo "Python 3.9.2" && exit 0; exit 1')
    (tmp_path / "head").symlink_to(shutil.which("head") or "")
    found = find_python(tmp_path)
    assert found.returncode == 1
    assert "3.11 or newer" in found.stderr
    assert f"{tmp_path}/python3: Python 3.9.2" in found.stderr


def test_an_old_python3_is_passed_over_for_a_newer_one(tmp_path):
    fake_python(tmp_path, "python3", "exit 1")
    fake_python(tmp_path, "python3.13", f'exec {sys.executable} "$@"')
    (tmp_path / "head").symlink_to(shutil.which("head") or "")
    found = find_python(tmp_path)
    assert found.returncode == 0
    assert Path(found.stdout.strip()).exists()


def test_a_command_without_need_of_the_database_starts_none(data_folder):
    done = subprocess.run(
        [sys.executable, "manage.py", "help", "migrate"],
        cwd=CHECKOUT,
        env=bare_environment(DATA_DIR=str(data_folder)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--fake-initial" in done.stdout
    assert not data_folder.exists()


def test_a_command_alone_has_its_database_for_as_long_as_it_runs(data_folder):
    script = "import os; print(os.environ['DATABASE_URL'], os.environ['ACD_EMBEDDED'])"
    done = subprocess.run(
        [sys.executable, "-m", "launcher", "env", "--", sys.executable, "-c", script],
        cwd=CHECKOUT,
        env=bare_environment(DATA_DIR=str(data_folder)),
        capture_output=True,
        text=True,
        check=True,
    )
    url, embedded = done.stdout.split()
    assert url.startswith("postgresql://")
    assert embedded == "1"
    assert not (data_folder / "postgres" / "data" / "postmaster.pid").exists()


def test_a_command_joins_the_services_of_a_running_launcher(start_launcher):
    launcher = start_launcher().wait_ready()
    script = "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).info.backend_pid)"
    done = subprocess.run(
        [sys.executable, "-m", "launcher", "env", "--", sys.executable, "-c", script],
        cwd=CHECKOUT,
        env=bare_environment(DATA_DIR=str(launcher.data)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 0
    assert launcher.process.poll() is None


def test_a_command_passes_on_its_exit_code(data_folder):
    done = subprocess.run(
        [sys.executable, "-m", "launcher", "env", "--throwaway", "--", "sh", "-c", "exit 7"],
        cwd=CHECKOUT,
        env=bare_environment(DATA_DIR=str(data_folder)),
        check=False,
    )
    assert done.returncode == 7


def test_a_named_chromium_that_is_not_there_is_none(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nonexistent/chromium")
    assert chromium.find_chromium() is None


def test_locks_name_no_host_and_no_path():
    for lock in [*(CHECKOUT / "requirements").glob("*.txt")]:
        assert "://" not in lock.read_text()
        assert str(CHECKOUT) not in lock.read_text()
    packages = json.loads((CHECKOUT / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert all(package.get("integrity") for name, package in packages.items() if name)


PO = """
msgid ""
msgstr ""
"Language: fr\\n"

msgid "Skill"
msgstr "Compétence"

#, fuzzy
msgid "Offer"
msgstr "Offre"

msgid "%(n)s contact"
msgid_plural "%(n)s contacts"
msgstr[0] "%(n)s contact"
msgstr[1] ""

msgid ""
"Two "
"lines"
msgstr ""
"Deux "
"lignes"

#~ msgid "gone"
#~ msgstr ""
"""


def test_unfinished_translations_are_listed_with_their_line():
    assert unfinished(PO) == [
        (9, "not confirmed (fuzzy): 'Offer'"),
        (13, "not translated: '%(n)s contact'"),
    ]
