"""Workers die, are replaced, or lose their database in the middle of a fan-out (E1, E10, E11, E14, E15, E17)."""

import contextlib
import os
import sqlite3
import time

import pytest
from campaign import WINDOW, Campaign

POSTGRESQL = os.environ.get("TALANOA_TEST_DB") == "postgresql"
SHORT, KILLS = 3_000, 6
LONG = 60_000 if POSTGRESQL else 40_000


def test_a_kill_costs_no_copy_and_repeats_only_what_was_in_flight(tmp_path):
    """O1, O2, O12, E1, the short version."""
    with Campaign(tmp_path, SHORT, workers=2) as campaign:
        campaign.kill(KILLS)
        campaign.drain()
        verdict = campaign.judge()
    assert verdict.holds(), verdict
    assert verdict.states == {"sent": SHORT}
    assert verdict.kills == KILLS
    assert verdict.most_in_flight > 0, "no kill found a copy in flight, so nothing was shown"


@pytest.mark.parametrize("kind", ["marks-first", "forgets"])
def test_the_oracle_sees_a_worker_that_keeps_its_books_badly(kind, tmp_path):
    """E1, non-vacuity: mark before send loses; without a journal a whole batch seems open at the death."""
    with Campaign(tmp_path, SHORT, workers=2, kind=kind) as campaign:
        campaign.kill(KILLS)
        campaign.drain()
        verdict = campaign.judge()
    assert not verdict.holds()
    assert verdict.lost if kind == "marks-first" else verdict.most_in_flight > WINDOW


def test_four_workers_without_faults_send_each_copy_once(tmp_path):
    """O3, E14"""
    with Campaign(tmp_path, SHORT, workers=4, wait=0) as campaign:
        campaign.drain()
        verdict = campaign.judge()
    assert (verdict.extras, verdict.lost, verdict.states) == (0, set(), {"sent": SHORT})


def test_rolling_restarts_under_load_repeat_nothing(tmp_path):
    """E17"""
    with Campaign(tmp_path, SHORT, workers=2) as campaign:
        campaign.restart_gently(6)
        campaign.drain()
        verdict = campaign.judge()
    assert (verdict.extras, verdict.lost, verdict.states) == (0, set(), {"sent": SHORT})


def test_a_copy_that_kills_its_worker_is_set_aside_and_the_others_go_out(tmp_path):
    """O11, E15: three deaths, then it is set aside with a sentence; nobody else suffers."""
    with Campaign(tmp_path, 300, workers=2, kind="poison") as campaign:
        campaign.drain(reviving=True)
        campaign.tend_the_dead()
        verdict = campaign.judge()
        aside = campaign.ask("SELECT address, attempts, answer FROM mail_delivery WHERE state = 'gave up'")
    assert [(address, attempts) for address, attempts, _ in aside] == [("m13@d13.example.org", 3)]
    assert aside[0][2].startswith("Set aside")
    assert verdict.holds(), verdict
    assert verdict.states == {"sent": 299, "gave up": 1}
    assert verdict.kills == 3


def test_a_database_that_goes_away_costs_nothing(tmp_path):
    """E10, E11: SQLite is locked for a while, or PostgreSQL cuts every connection, again and again."""
    with Campaign(tmp_path, SHORT, workers=2, lease=30) as campaign:
        for _ in range(5):
            time.sleep(0.3)
            if POSTGRESQL:
                campaign.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
            else:
                with contextlib.closing(sqlite3.connect(tmp_path / "talanoa.sqlite3", timeout=30, isolation_level=None)) as locked:
                    locked.execute("BEGIN EXCLUSIVE")
                    time.sleep(0.7)
                    locked.execute("ROLLBACK")
        campaign.drain()
        verdict = campaign.judge()
    assert (verdict.extras, verdict.lost, verdict.states) == (0, set(), {"sent": SHORT})


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_two_hundred_kills(workers, tmp_path):
    """O1, O2, E1, the campaign: 40,000 copies on SQLite, 60,000 on PostgreSQL."""
    with Campaign(tmp_path, LONG, workers=workers, wait=0.005, seed=workers) as campaign:
        campaign.kill(200)
        campaign.drain(900)
        verdict = campaign.judge()
    print(f"{workers} workers: {verdict.extras} copies too many in {verdict.kills} kills, at most {verdict.most_in_flight} in flight")  # noqa: T201
    assert verdict.holds(), verdict
    assert verdict.states == {"sent": LONG}
    assert verdict.extras <= 200 * 16


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_twins_at_length(tmp_path):
    """O3, E14"""
    with Campaign(tmp_path, 20_000, workers=4, wait=0) as campaign:
        campaign.drain(600)
        verdict = campaign.judge()
    assert (verdict.extras, verdict.lost) == (0, set())
