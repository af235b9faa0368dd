"""What returned mail says against an address: a table of histories (L6)."""

from datetime import UTC, datetime, timedelta

import pytest

from talanoa.people.rules import Return, is_doubted, score

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GONE, FULL, SPAM, BIG = (True, "user-unknown"), (False, "mailbox-full"), (False, "spam"), (False, "too-big")


def returned(what, *days):
    return [Return(NOW - timedelta(days=day), *what) for day in days]


@pytest.mark.parametrize(
    ("history", "points"),
    [
        ([], 0),
        (returned(GONE, 0), 1),
        (returned(GONE, *[0] * 50), 1),  # fifty letters in one day are one day
        (returned(FULL, 0) + returned(GONE, 0), 1),
        (returned(GONE, 0, 30), 1.5),  # halved in 30 days
        (returned(FULL, 0, 30), 0.375),
        (returned(SPAM, *range(60)) + returned(BIG, *range(60)), 0),
    ],
)
def test_a_score_is_the_worst_of_each_day_and_fades(history, points):
    assert score(history, NOW) == pytest.approx(points)


@pytest.mark.parametrize(
    ("history", "doubted"),
    [
        (returned(GONE, 0, 1, 2), False),  # three messages in less than three days
        (returned(GONE, *[0] * 99), False),
        (returned(GONE, 0, 3), False),  # two messages
        (returned(GONE, 0, 2, 3), True),
        (returned(GONE, 0, 7, 14), True),  # a weekly digest
        (returned(GONE, 0, 30, 60), True),  # a monthly one
        (returned(GONE, 60, 61, 64), False),  # long ago
        (returned(FULL, *range(8)), False),  # seven days from the first to the last
        (returned(FULL, *range(9)), True),
        (returned(FULL, 0, 4, 9), False),  # too few for so weak a sign
        (returned(FULL, *range(0, 120, 30)), False),
        (returned(GONE, 0, 1) + returned(FULL, *range(2, 6)), False),
        (returned(SPAM, *range(60)), False),
        (returned((False, "policy"), *range(60)), False),
        (returned((True, "blocked"), *range(60)), False),  # whoever calls it permanent
    ],
)
def test_l6_doubt_needs_hard_returns_over_three_days_or_soft_ones_over_eight(history, doubted):
    assert is_doubted(history, NOW) is doubted
