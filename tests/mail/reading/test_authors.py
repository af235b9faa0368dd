"""Who wrote a mail: promises A1, A9, A10 and finding 0.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talanoa.mail import addresses
from talanoa.mail.reading import parsing
from talanoa.mail.reading.parsing import canonical_address, confusable


def letter(*headers):
    return parsing.read("\n".join([*headers, "", "text"]).encode())


def test_one_clean_mailbox_is_the_author():
    found = letter("From: =?utf-8?q?Ana_Mar=C3=ADa?= <Ana@Example.ORG>")
    assert found.sender == parsing.Mailbox("Ana María", "Ana@example.org")
    assert found.sender_defects == ()


@pytest.mark.parametrize(
    ("headers", "defect"),
    [
        ([], "no_from"),
        (["From: a@example.org", "From: b@example.org"], "several_from_headers"),
        (["From: a@example.org, b@example.org"], "several_authors"),
        (["From: alice@trusted.example <evil@evil.example>"], "confusing_address"),
        (["From: <a@example.org><b@example.org>"], "confusing_address"),
        (["From: Doe, Jane <jane@example.org>"], "confusing_address"),
        (["From: nobody"], "no_address"),
        (["From: undisclosed:;"], "no_address"),
    ],
)
def test_a1_two_readers_could_see_two_authors_so_there_is_none(headers, defect):
    found = letter(*headers)
    assert found.sender is None
    assert defect in found.sender_defects


def test_a_decoded_name_never_becomes_an_address():
    found = letter("From: =?utf-8?q?trusted=40bank=2Eexample=2C?= <evil@evil.example>")
    assert found.sender.address == "evil@evil.example"
    assert found.sender_defects == ("address_in_name",)


def test_a_decoded_subject_smuggles_no_header():
    found = letter("From: a@example.org", "Subject: A =?UTF-8?Q?x=0D=0ABcc:_injected@example.com?=")
    assert found.subject == "A x Bcc: injected@example.com"


def test_direction_marks_do_not_reach_a_name():
    assert letter("From: \u202egro.elpmaxe\u202c <a@example.org>").sender.name == "gro.elpmaxe"


def test_groups_and_comments_are_opened():
    found = letter('To: Team: a@example.org (Ana), "B, C" <b@example.org>;, c@example.org')
    assert [str(box) for box in found.to] == ["Ana <a@example.org>", "B, C <b@example.org>", "c@example.org"]


def test_a9_one_form_to_compare_addresses():
    assert canonical_address(" Ana@Example.ORG ") == "ana@example.org"
    assert canonical_address("ana@bücher.example") == "ana@xn--bcher-kva.example"
    assert canonical_address("Jose\u0301@example.org") == canonical_address("josé@example.org")
    assert canonical_address('"ana"@example.org') == "ana@example.org"


@pytest.mark.parametrize("text", ["", "a", "a@", "@b", "a b@c.org", "a@b@c", "a@b..c", "a\n@b.org", "<a@b.org>", "a@-b.org"])
def test_a9_what_is_no_address_is_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match=r"\.$"):
        canonical_address(text)


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("аdmin@example.org", "mixes"),  # a Cyrillic letter first
        ("ana@раура.example", "look Latin"),
        ("ana@xn--80aa0cbo65f.example", "look Latin"),
        ("an\u200ba@example.org", "invisible"),
        ("ana@example\u202e.org", "invisible"),
    ],
)
def test_a9_look_alikes_are_flagged(address, word):
    assert word in confusable(address)


@pytest.mark.parametrize(
    "address", ["ana@example.org", "josé@münchen.example", "иван@почта.example", "山田たろう@例え.example", "김철수@example.kr"]
)
def test_a9_an_honest_script_is_not_flagged(address):
    assert confusable(address) is None


@given(st.text(max_size=60))
def test_reading_any_address_header_ends_well(value):
    for entry in addresses.entries(value):
        assert entry.mailbox.address or "no_address" in entry.defects


AUTHENTIC = "Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=example.org; dkim=pass header.d=example.org; dmarc=pass header.from=example.org"


def proven(*headers, edge="mx.example.net"):
    return parsing.read("\n".join([*headers, "", "x"]).encode(), trusted_authserv=edge).authenticity


def test_a1_our_own_edge_is_believed():
    found = proven(AUTHENTIC, "From: a@example.org")
    assert (found.spf, found.dkim, found.dmarc, found.domain, found.proven) == ("pass", "pass", "pass", "example.org", True)


def test_a1_nobody_is_believed_without_a_setting_and_no_other_edge():
    assert proven(AUTHENTIC, "From: a@example.org", edge="") == parsing.Authenticity()
    assert proven(AUTHENTIC, "From: a@example.org", edge="mx.other.example") == parsing.Authenticity()


def test_a1_results_below_the_first_hop_are_not_ours():
    assert not proven("Received: from x", "Received: from y", AUTHENTIC, "From: a@example.org").proven
    assert not proven("Authentication-Results: mx.example.net; spf=fail", "Received: x", AUTHENTIC, "From: a@example.org").proven


def test_a10_domains_are_compared_by_labels():
    assert not proven("Authentication-Results: mx.example.net; dkim=pass header.d=ample.org", "From: a@example.org").proven
    assert not proven("Authentication-Results: mx.example.net; dkim=pass header.d=co.uk", "From: a@bank.co.uk").proven
    assert proven("Authentication-Results: mx.example.net; dkim=pass header.d=example.org", "From: a@mail.example.org").proven


def test_a_failed_dmarc_proves_nothing():
    assert not proven(
        "Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=example.org; dmarc=fail", "From: a@example.org"
    ).proven


@given(st.text(max_size=80))
def test_malformed_results_never_raise(value):
    one_line = " ".join(value.split())
    proven(f"Authentication-Results: mx.example.net; {one_line}", "From: a@example.org")
