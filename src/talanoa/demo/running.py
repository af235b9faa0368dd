"""`talanoa demo`: sets up, brings to life what is not alive yet, and serves it all in one process group."""

import multiprocessing
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from talanoa.configuration import configure, host_port
from talanoa.demo import NoDemoHere

HTTP, LMTP = "127.0.0.1:8000", "127.0.0.1:8024"
LINK_LIVES = timedelta(hours=12)
_MARK = "this-is-a-demo"


def run(
    folder: Path,
    *,
    http: str | None,
    lmtp: str | None,
    reset: bool,
    open_house: Callable[[], None],
    serve: Callable[..., int],
) -> int:
    """See `talanoa.demo.run`."""
    from talanoa.demo import post_office

    for address in (http or HTTP, lmtp or LMTP):
        _refuse_if_taken(address)
    _prepare(folder, reset=reset)
    door = post_office.listen("127.0.0.1")
    _configure(folder, http or HTTP, lmtp or LMTP, door.getsockname()[1])
    configure()
    open_house()
    _live()

    from django.conf import settings

    boxes = post_office.boxes_in(settings.TALANOA.home)
    return serve(
        http=settings.TALANOA.http,
        lmtp=settings.TALANOA.lmtp,
        web_workers=settings.TALANOA.web_workers,
        workers=settings.TALANOA.workers,
        further=[("post office", lambda: post_office.serve(door, boxes))],
        ready=_welcome,
    )


def _refuse_if_taken(address: str) -> None:
    """Look before anything is removed: `--reset` beside a running demo would pull the house away from under it."""
    try:
        host, port = host_port(address)
    except ValueError as fault:
        raise NoDemoHere(f"{address} {fault}.") from fault
    with socket.socket() as probe:
        if probe.connect_ex((host, port)) == 0:
            raise NoDemoHere(f"Something answers at {address} already; end it, or choose other doors with --http and --lmtp.")


def _prepare(folder: Path, *, reset: bool) -> None:
    """Make the state folder; empty it first when the demo begins anew."""
    mark = folder / _MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        # Nobody's real community may be filled with invented people, or removed by `--reset`.
        raise NoDemoHere(f"{folder} holds something other than a demo; choose another folder with --home.")
    if reset and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _configure(folder: Path, http: str, lmtp: str, smtp_port: int) -> None:
    """The settings of the demo, whatever the environment says of a real Talanoa on this machine."""
    from talanoa.demo.writing import EDGE

    for name in [name for name in os.environ if name.startswith("TALANOA_")]:
        del os.environ[name]
    os.environ.update(
        DJANGO_SETTINGS_MODULE="talanoa.demo.settings",
        TALANOA_HOME=str(folder.absolute()),
        TALANOA_HTTP=http,
        TALANOA_LMTP=lmtp,
        TALANOA_BASE_URL=f"http://{http}",
        TALANOA_MAIL_DOMAIN="lists.talanoa.example",
        TALANOA_AUTHSERV_ID=EDGE,
        TALANOA_SMTP_URL=f"smtp://127.0.0.1:{smtp_port}",
        TALANOA_WEB_WORKERS="1",
        TALANOA_LOG="warning",
    )


def _live() -> None:
    """Make the tables, and bring the community to life if it is not."""
    from django.core.management import call_command
    from django.db import connections

    from talanoa.demo import life

    call_command("migrate", verbosity=0)
    if not life.is_alive():
        began = time.monotonic()
        _say("A community comes to life; this happens once.")
        connections.close_all()
        # In a process of its own: what sets the PDFs has threads, which the parts that are forked from this one
        # would not have, and wait for without end.
        birth = multiprocessing.get_context("fork").Process(target=life.begin, args=(datetime.now(UTC),), kwargs={"tell": _tell})
        birth.start()
        birth.join()
        if birth.exitcode:
            raise NoDemoHere("The community did not come to life; the reason stands above.")
        _say(f"  done in {time.monotonic() - began:.0f} s.")


def _tell(words: str) -> None:
    _say(f"  {words}")


def _welcome() -> None:
    """What a newcomer needs to begin; said when the doors are open."""
    from django.conf import settings
    from django.db import connections

    from talanoa.demo import life

    base = settings.TALANOA.base_url
    facilitator, member = (life.sign_in_path(key, at=datetime.now(UTC), lives=LINK_LIVES) for key in (life.FACILITATOR, life.MEMBER))
    connections.close_all()
    _say(f"""
Talanoa's demo is open.

  {base}/
      the pages, as anybody sees them
  {base}/post-office/
      everybody's mailbox: read and answer as any member

Sign in with one click; each link works once, in the next {LINK_LIVES.seconds // 3600} hours:

  as Anjali, who facilitates and has mail waiting
      {base}{facilitator}
  as Mereoni, a member
      {base}{member}

Use two browsers, or a private window, to be both at once. Ctrl-C ends it; what
happened is kept, and `make demo` continues with it (`make demo-reset` begins anew).
""")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
