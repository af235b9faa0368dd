"""What an administrator copies from `deploy` works as it stands."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tables

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy/systemd").glob("talanoa*"))


def test_systemd_understands_every_unit(tmp_path, need):
    verify = need("systemd-analyze")
    for unit in UNITS:
        # The command and the user are not installed on this machine.
        text = unit.read_text().replace("/opt/talanoa/.venv/bin/talanoa", "/bin/true")
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text)
    for unit in sorted(tmp_path.iterdir()):
        done = subprocess.run([verify, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
        words = [line for line in (done.stdout + done.stderr).splitlines() if "talanoa" in line]
        assert (done.returncode, words) == (0, []), unit.name


@pytest.mark.parametrize("unit", [path for path in UNITS if path.suffix == ".service"], ids=lambda path: path.name)
def test_every_unit_runs_a_command_that_there_is_with_the_same_protection(unit):
    from talanoa.commandline import _parser

    text = unit.read_text()
    (command,) = re.findall(r"(?m)^ExecStart=/opt/talanoa/\.venv/bin/talanoa (.+)$", text)
    _parser().parse_args(command.split())
    model = (ROOT / "deploy/systemd/talanoa.service").read_text()
    start = "NoNewPrivileges"
    assert text[text.index(start) : text.index("[Install]")] == model[model.index(start) : model.index("[Install]")]


def test_the_settings_in_the_handbook_are_taken(tmp_path):
    from talanoa.configuration import configure

    text = (ROOT / "docs/handbook/administrator.md").read_text(encoding="utf-8")
    key = tmp_path / "dkim.pem"
    key.touch()
    (file, smarthost, providers) = re.findall(r"(?ms)^```toml\n(.*?)^```", text)
    (tmp_path / "talanoa.toml").write_text(file.replace("/etc/talanoa/dkim.pem", str(key)) + smarthost + providers)
    assert len(tomllib.loads(file)) == 6
    made = configure({"TALANOA_CONFIG": str(tmp_path / "talanoa.toml")})
    assert (made.proxy, made.mail_domain, made.smtp_url[:14]) == (True, "lists.example.org", "smtp+starttls:")
    assert [name for name, _secret in made.providers] == ["mailgun", "postmark"]


def test_the_image_is_given_every_file_that_it_copies():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for line in re.findall(r"(?m)^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text()):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists()
            assert f"!{source}" in ignored


def talanoa(home: Path, *words: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TALANOA_", "DJANGO_"))}
    env["TALANOA_HOME"] = str(home)
    done = subprocess.run([sys.executable, "-m", "talanoa.commandline", *words], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def script(tmp_path):
    """The script that backs up, where it is installed: it looks for the environment beside itself."""
    (tmp_path / "opt/deploy").mkdir(parents=True)
    (tmp_path / "opt/.venv/bin").mkdir(parents=True)
    (tmp_path / "opt/.venv/bin/python").symlink_to(sys.executable)
    return shutil.copy(ROOT / "deploy/backup", tmp_path / "opt/deploy/backup")


def test_a_backup_made_while_somebody_writes_brings_everything_back(script, tmp_path):
    home, kept, again = tmp_path / "home", tmp_path / "kept", tmp_path / "again"
    tables.new_file(home)
    talanoa(home, "community", "create", "mdg", "--name", "MDG Pacific", "--address", "mdg@localhost")
    talanoa(home, "members", "add", "mdg", "ana@people.example", "--name", "Ana Tuimavave", "--role", "facilitator")
    (home / "attachments/ab").mkdir(parents=True)
    (home / "attachments/ab/abcd").write_bytes(b"a picture")
    writer = sqlite3.connect(home / "talanoa.sqlite3", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE communities_community SET name = 'half-way'")
    backup = [script, kept]
    subprocess.run(backup, env={"PATH": os.environ["PATH"], "TALANOA_HOME": str(home)}, check=True, timeout=60)
    writer.execute("ROLLBACK")
    writer.close()
    # A second one replaces the first.
    subprocess.run(backup, env={"PATH": os.environ["PATH"], "TALANOA_HOME": str(home)}, check=True, timeout=60)

    shutil.copytree(kept, again)
    assert "MDG Pacific" in talanoa(again, "community", "list")
    assert talanoa(again, "members", "export", "mdg") == talanoa(home, "members", "export", "mdg")
    assert (again / "attachments/ab/abcd").read_bytes() == b"a picture"
    assert (again / "secret.key").read_bytes() == (home / "secret.key").read_bytes()
    assert (again / "secret.key").stat().st_mode & 0o077 == 0


def test_a_backup_of_nothing_is_refused_with_a_sentence(script, tmp_path):
    done = subprocess.run(
        [script, tmp_path / "kept"],
        env={"PATH": os.environ["PATH"], "TALANOA_HOME": str(tmp_path / "nowhere")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "is not there; set TALANOA_HOME." in done.stderr
