"""What an administrator can set, in one table, and the sentence for each wrong value.

Values come from the environment, then from an optional TOML file
(`TALANOA_CONFIG`, else `talanoa.toml` in the state folder), then from the defaults here.
Pure: no Django, so that `talanoa check` can speak before anything else works.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import unquote, urlsplit


class WrongSetting(Exception):
    """A setting cannot be used; `str()` names it and says what would do."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table: its name without `TALANOA_`, default, meaning, and how it is read."""

    name: str
    default: str
    meaning: str
    read: Callable[[str], object] = str
    private: bool = False  # never repeated in a sentence


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes:
            raise ValueError(f"must begin with {' or '.join(s + '://' for s in schemes)}")
        # urlsplit reads the port late; a wrong one must be refused at start, not at the first mail.
        if not parts.hostname or (parts.port is not None and not parts.port):
            raise ValueError("must name a host, and a port from 1 to 65535 if any")
        return text

    return read


def _database(text: str) -> str:
    if text.startswith(("sqlite:///", "postgres://", "postgresql://")) or text == "":
        return text
    raise ValueError("must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME")


def host_port(text: str) -> tuple[str, int]:
    """"HOST:PORT" taken apart; ValueError says what would do."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError("must be HOST:PORT, for example 127.0.0.1:8000")
    return host.strip("[]") or "127.0.0.1", int(port)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def _domain(text: str) -> str:
    labels = text.lower().split(".")
    if len(text) > 253 or not all(
        0 < len(label) < 64 and label.strip("-") == label and all(c.isalnum() or c == "-" for c in label)
        for label in labels
    ):
        raise ValueError("must be a domain name such as lists.example.org")
    return text.lower()


def _secret(text: str) -> str:
    if text and len(text) < 32:
        raise ValueError("must have at least 32 characters; leave it empty and one is made and kept")
    return text


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


# How each mail provider proves itself: with the key of a signature, or with USER:PASSWORD in the address that it calls.
PROVIDERS = {
    "amazon-ses": ("password",),
    "brevo": ("password",),
    "mailersend": ("key",),
    "mailgun": ("key",),
    "mailjet": ("password",),
    "mailtrap": ("key", "password"),
    "mandrill": ("key",),
    "postal": ("key",),
    "postmark": ("password",),
    "resend": ("key", "password"),
    "sendgrid": ("key", "password"),
    "sparkpost": ("password",),
    "unisender-go": ("key",),
}


def _providers(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for entry in _names(text):
        name, _, secret = entry.partition("=")
        if name not in PROVIDERS:
            raise ValueError(f"must name providers as NAME=SECRET, of {', '.join(PROVIDERS)}")
        if ("password" if ":" in secret else "key") not in PROVIDERS[name]:
            what = {"key": "the key with which it signs", "password": "USER:PASSWORD"}
            raise ValueError(f"must give for {name} {' or '.join(what[one] for one in PROVIDERS[name])}")
        if len(secret) < 16:
            raise ValueError(f"must give for {name} a secret of at least 16 characters")
        found.append((name, secret))
    return tuple(found)


def _service(text: str) -> str:
    return _url("http", "https")(text) if text else ""


def _yes_no(text: str) -> bool:
    return _one_of("yes", "no")(text) == "yes"


SETTINGS = (
    Setting("HOME", "./var", "the state folder: database, attachments, journals, secret key", Path),
    Setting("DATABASE_URL", "", "sqlite:///PATH or postgresql://…; empty: talanoa.sqlite3 in the state folder", _database),
    Setting("SECRET_KEY", "", "signs tokens; empty: made at first start and kept in the state folder", _secret, private=True),
    Setting("BASE_URL", "http://127.0.0.1:8000", "where members reach the pages", _url("http", "https")),
    Setting("MAIL_DOMAIN", "localhost", "the domain of addresses that are ours; part of every Message-ID we make", _domain),
    Setting("SMTP_URL", "smtp://127.0.0.1:25", "where mail leaves: smtp://, smtp+starttls:// or smtps://, USER:PASSWORD@HOST:PORT", _url("smtp", "smtp+starttls", "smtps")),
    Setting("SMTP_CONNECTIONS", "4", "connections that one worker keeps to the post office", _whole(1, 16)),
    Setting("LMTP", "127.0.0.1:8024", "where the mail door listens", host_port),
    Setting("HTTP", "127.0.0.1:8000", "where the web door listens", host_port),
    Setting("WEB_WORKERS", "2", "processes that answer pages", _whole(1, 64)),
    Setting("WORKERS", "1", "processes that sort and deliver mail under `talanoa serve`", _whole(0, 64)),
    Setting("MAX_MAIL_MB", "25", "largest mail taken in, in MiB", _whole(1, 100)),
    Setting("AUTHSERV_ID", "", "the name our own edge writes in Authentication-Results; empty: none is believed"),
    Setting("DKIM_KEY", "", "file with an RSA or Ed25519 private key in PEM; empty: mail is not signed"),
    Setting("DKIM_SELECTOR", "talanoa", "the selector under which the public key stands in DNS"),
    Setting("PROVIDERS", "", "mail providers that may call by HTTP: NAME=SECRET, separated by commas; empty: none", _providers, private=True),
    Setting("MODEL_URL", "", "a language model that may word drafts anew: https://SERVICE/v1, as OpenAI speaks; empty: none", _service),
    Setting("MODEL_NAME", "", "which model of that service"),
    Setting("MODEL_KEY", "", "the key for that service", private=True),
    Setting("STORAGE", "files", "where attachments are kept: files, or s3", _one_of("files", "s3")),
    Setting("S3_BUCKET", "", "bucket for attachments when STORAGE is s3"),
    Setting("S3_ENDPOINT", "", "address of an S3-compatible service; empty: the AWS default"),
    Setting("HOSTS", "", "further host names that the web door answers to, separated by commas", _names),
    Setting("PROXY", "no", "yes: the web door stands behind a proxy that sets X-Forwarded-Proto and X-Forwarded-For", _yes_no),
    Setting("LANGUAGE", "en", "the language of pages for those who have chosen none"),
    Setting("LOG", "info", "how much is logged: debug, info, warning", _one_of("debug", "info", "warning")),
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Every setting, read and checked; one field for each line of `SETTINGS`."""

    home: Path
    database_url: str
    secret_key: str
    base_url: str
    mail_domain: str
    smtp_url: str
    smtp_connections: int
    lmtp: tuple[str, int]
    http: tuple[str, int]
    web_workers: int
    workers: int
    max_mail_mb: int
    authserv_id: str
    dkim_key: str
    dkim_selector: str
    providers: tuple[tuple[str, str], ...]
    model_url: str
    model_name: str
    model_key: str
    storage: str
    s3_bucket: str
    s3_endpoint: str
    hosts: tuple[str, ...]
    proxy: bool
    language: str
    log: str

    @property
    def max_mail_bytes(self) -> int:
        return self.max_mail_mb * 1024 * 1024


def _from_file(environ: Mapping[str, str]) -> dict[str, str]:
    named = environ.get("TALANOA_CONFIG")
    path = Path(named) if named else Path(environ.get("TALANOA_HOME") or "./var") / "talanoa.toml"
    if not path.exists():
        if named:
            raise WrongSetting(f"TALANOA_CONFIG names {named}, which is not there.")
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as fault:
        raise WrongSetting(f"{path} cannot be read as TOML: {fault}.") from fault
    known = {setting.name.lower() for setting in SETTINGS}
    for name in found:
        if name.lower() not in known:
            raise WrongSetting(f"{path} sets {name}, which is no setting; `talanoa check --settings` lists them.")
    spoken = {True: "yes", False: "no"}
    return {
        name.upper(): spoken[value] if isinstance(value, bool) else ",".join(value) if isinstance(value, list) else str(value)
        for name, value in found.items()
    }


def configure(environ: Mapping[str, str] | None = None) -> Configuration:
    """Read all settings, or raise `WrongSetting` with a sentence that names the first wrong one."""
    environ = os.environ if environ is None else environ
    file = _from_file(environ)
    known = {f"TALANOA_{setting.name}" for setting in SETTINGS} | {"TALANOA_CONFIG"}
    values = {}
    for setting in SETTINGS:
        text = environ.get(f"TALANOA_{setting.name}", file.get(setting.name, setting.default)).strip()
        try:
            values[setting.name.lower()] = setting.read(text)
        except ValueError as fault:
            if setting.private:
                raise WrongSetting(f"TALANOA_{setting.name} {fault}.") from None
            raise WrongSetting(f"TALANOA_{setting.name} is {text!r}: it {fault}.") from fault
    assert set(values) == {field.name for field in fields(Configuration)}, known
    configuration = Configuration(**values)  # type: ignore[arg-type]  # the assertion above is the check
    if configuration.dkim_key and not Path(configuration.dkim_key).is_file():
        raise WrongSetting(f"TALANOA_DKIM_KEY names {configuration.dkim_key}, which is not a file.")
    if configuration.storage == "s3" and not configuration.s3_bucket:
        raise WrongSetting("TALANOA_S3_BUCKET must name a bucket when TALANOA_STORAGE is s3.")
    return configuration


def database(configuration: Configuration) -> dict[str, object]:
    """The Django `DATABASES` entry for a configuration."""
    url = configuration.database_url
    if url.startswith("postgres"):
        parts = urlsplit(url)
        options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(options.pop("host", "") or parts.hostname or ""),
            "PORT": parts.port or "",
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            # A machine that is gone must not hold a door for minutes.
            "OPTIONS": {"connect_timeout": "10", "tcp_user_timeout": "30000"} | options,
        }
    path = Path(url.removeprefix("sqlite:///")) if url else configuration.home / "talanoa.sqlite3"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A writer takes its lock at BEGIN, so that two writers wait instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # FULL: a commit answered with 250 must survive the power cut (D1).
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
            "PRAGMA foreign_keys=ON;PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY;",
        },
    }
