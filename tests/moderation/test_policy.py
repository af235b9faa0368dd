"""The policy as a table: what each rule recognises, and that none is without a row."""

from dataclasses import replace

import pytest

from talanoa.moderation import rules
from talanoa.moderation.sentences import SENTENCES
from talanoa.moderation.verdicts import Accept, Discard, Hold, TurnBack

CALM = rules.Case(
    hidden=False, everything_held=False, first_posts_held=1,
    member=True, banned=False, moderated=False, facilitates=False, posts=7, proven=True, disproven=False,
    unclear_sender=False, lookalike=False,
    machine=None, been_here=False, relays=4, says_something=True, recipients=1, addressed=True, encrypted=False,
    wants_to_leave=False, attachment_names=("births.csv",), same_mail_known=False, same_id_known=False, answers_digest_unclearly=False,
    asks=False, carries_key=False, cleared=False,
)  # fmt: skip

ROWS = [
    ({"been_here": True}, Discard("been_here")),
    ({"relays": 51}, Discard("been_here")),
    ({"same_mail_known": True}, Discard("known_already")),
    ({"banned": True}, Discard("by_a_banned_author")),
    ({"machine": "vacation"}, Discard("by_a_machine")),
    ({"machine": "null-sender"}, Discard("by_a_machine")),
    ({"asks": True, "everything_held": True, "moderated": True, "posts": 0, "addressed": False}, Accept()),
    ({"asks": True, "member": False, "posts": 0}, Hold(("from_a_stranger",))),
    ({"encrypted": True}, TurnBack("encrypted")),
    ({"carries_key": True}, TurnBack("carries_a_key")),
    ({"member": False}, Hold(("from_a_stranger",))),
    ({"posts": 0}, Hold(("first_post",))),
    ({"posts": 0, "first_posts_held": 0}, Accept()),
    ({"posts": 0, "facilitates": True}, Accept()),
    ({"posts": 2, "first_posts_held": 3}, Hold(("first_post",))),
    ({"moderated": True}, Hold(("author_moderated",))),
    ({"everything_held": True}, Hold(("community_moderated",))),
    ({"everything_held": True, "facilitates": True}, Accept()),
    ({"unclear_sender": True}, Hold(("unclear_sender",))),
    ({"disproven": True}, Hold(("disproven_sender",))),
    ({"hidden": True, "proven": False}, Hold(("unproven_in_private",))),
    ({"hidden": True, "proven": True}, Accept()),
    ({"proven": False}, Accept()),
    ({"lookalike": True}, Hold(("lookalike_address",))),
    ({"same_id_known": True}, Hold(("same_id_other_words",))),
    ({"says_something": False}, Hold(("nothing_said",))),
    ({"answers_digest_unclearly": True}, Hold(("which_conversation",))),
    ({"wants_to_leave": True}, Hold(("wants_to_leave",))),
    ({"addressed": False}, Hold(("not_addressed",))),
    ({"recipients": 21}, Hold(("many_recipients",))),
    ({"machine": "list"}, Hold(("bulk_mail",))),
    ({"machine": "suppress"}, Accept()),
    ({"attachment_names": ("photo.jpg", "Invoice.PDF.exe ")}, Hold(("risky_attachment",))),
    ({}, Accept()),
]


@pytest.mark.parametrize(("change", "verdict"), ROWS, ids=str)
def test_each_rule_recognises_its_case(change, verdict):
    assert rules.judge(replace(CALM, **change)) == verdict


def test_all_reasons_are_told_at_once():
    case = replace(CALM, member=False, says_something=False, attachment_names=("a.scr",))
    assert rules.judge(case) == Hold(("from_a_stranger", "nothing_said", "risky_attachment"))


def test_a_clearance_lifts_every_hold_but_no_loop():
    everything = replace(CALM, member=False, unclear_sender=True, moderated=True, says_something=False, cleared=True)
    assert rules.judge(everything) == Accept()
    assert rules.judge(replace(everything, been_here=True)) == Discard("been_here")


def test_every_rule_has_a_row_here_and_a_sentence_for_people():
    named = {getattr(verdict, "reason", None) for _, verdict in ROWS} | {
        reason for _, verdict in ROWS for reason in getattr(verdict, "reasons", ())
    }
    for rule in (*rules.DISCARDS, *rules.TURN_BACKS, *rules.HOLDS):
        assert rule.__name__ in named
        assert rule.__name__ in SENTENCES
