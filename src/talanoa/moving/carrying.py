"""What was handed in on the pages is carried out, by any worker on the machine that has the file, as often as it is broken off."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from talanoa.mail import claims
from talanoa.migration import importing
from talanoa.migration import sources as archives
from talanoa.moving import actions, enrolling, lookups
from talanoa.moving.models import Handed

log = structlog.get_logger()
TOLD_EVERY = 1.0  # seconds between two notes of how far it has come
ELSEWHERE = timedelta(minutes=1)  # a file that lies on another machine is looked for again after this


class _BrokenOff(Exception):
    """The worker is to stop, or another has taken over."""


def step(*, now: Callable[[], datetime], stopped: Callable[[], bool]) -> bool:
    """Carry out one thing that was handed in; False if nothing waits here."""
    if not claims.waiting(Handed, at=now()):
        return False
    claim = claims.new_claim()
    one = actions.claim_handed(claim, at=now())
    if one is None:
        return False
    path = lookups.path_of(one)
    if not path.exists():
        actions.give_back(one, claim, at=now() + ELSEWHERE)
        return False
    if one.attempts > actions.PATIENCE:
        actions.refuse_handed(one, claim, note="The worker stopped at it several times. The administrator's log tells more.")
        return True
    try:
        account = _carry_out(one, path, _teller(one, claim, now=now, stopped=stopped), at=now())
    except _BrokenOff:
        actions.give_back(one, claim, at=now())
        return False
    except (archives.Unusable, enrolling.Unusable, enrolling.WrongColumns) as refusal:
        actions.refuse_handed(one, claim, note=str(refusal).replace(f"{path.parent}/", ""))
    except Exception as fault:  # A door: whatever it was, the others go on, and a person reads of it.
        log.exception("what was handed in could not be carried out", handed=one.pk)
        note = f"Something in Talanoa went wrong with it: {type(fault).__name__}. Hand it in again when that is mended;"
        actions.refuse_handed(one, claim, note=f"{note} it goes on where it stopped.")
    else:
        actions.finish_handed(one, claim, account=account)
        log.info("carried out", handed=one.pk, **account)
    return True


def _carry_out(one: Handed, path: Path, tell: Callable[[int, int], None], *, at: datetime) -> dict[str, Any]:
    if one.kind == Handed.Kind.ARCHIVE:
        return importing.bring_in(one.community, [path], at=at, tell=tell).account
    sheet = enrolling.open_sheet(path)._replace(meant=one.terms["meant"])
    given_on = one.terms["given_on"]
    terms = actions.Terms(
        one.terms["wording"], date.fromisoformat(given_on) if given_on else None, one.terms["source"], one.terms["ask_first"]
    )
    return enrolling.bring_in(one.community, sheet, terms, by=one.by, at=at, tell=tell).account


def _teller(one: Handed, claim: str, *, now: Callable[[], datetime], stopped: Callable[[], bool]) -> Callable[[int, int], None]:
    told = 0.0

    def tell(done: int, of: int) -> None:
        nonlocal told
        if stopped():
            raise _BrokenOff
        if time.monotonic() - told >= TOLD_EVERY or done == of:
            told = time.monotonic()
            if not actions.note_progress(one, claim, read=done, of=of, at=now()):
                raise _BrokenOff

    return tell
