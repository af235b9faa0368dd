"""With a real Postfix in front, set up by the very files that `deploy/postfix` ships."""

import csv
import os
import re
import smtplib
import subprocess
from collections import Counter
from email import message_from_bytes, policy
from email.utils import make_msgid
from pathlib import Path
from types import SimpleNamespace

import pytest
from instance import DOMAIN, OUTSIDE, Postfix

from living import House, until
from post_office import PostOffice

ADDRESS = f"mdg@{DOMAIN}"
MEMBERS = [f"member{number:03}@people.example" for number in range(120)]
FACILITATOR, WRITER, NEWCOMER = MEMBERS[:3]
# Written by a member's client: letters beyond ASCII, a line that begins with a dot, trailing spaces.
WORDS = "Bula vinaka!\n\n.. two dots begin this line\n.\nWer zählt die Geburten auf Kadavu? 誰が数えますか \n-- \nMere"


def mail(sender, subject, *, to=ADDRESS, text=WORDS, **headers) -> bytes:
    """The bytes of a mail as a client writes it."""
    given = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": "Mon, 02 Mar 2026 09:29:00 +0000",
        "Message-ID": make_msgid(domain="people.example"),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return (head + "\r\n" + text.replace("\n", "\r\n") + "\r\n").encode()


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Talanoa, Postfix on both sides of it, and a sink for everybody's mailbox."""
    if not Path("/usr/sbin/postfix").exists() or os.geteuid() != 0:
        words = "This test starts a Postfix of its own: it needs Debian's package postfix, and root."
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(words)
    talanoa = House(tmp_path_factory.mktemp("postfix"))
    with PostOffice() as sink, Postfix(lmtp=talanoa.lmtp, sink=sink.port) as postfix:
        talanoa.settings["TALANOA_SMTP_URL"] = f"smtp://127.0.0.1:{postfix.port}"
        with talanoa:
            talanoa.start()
            talanoa.command("community", "create", "mdg", "--name", "MDG Pacific", "--address", ADDRESS)
            file = talanoa.folder / "members.csv"
            with file.open("w", newline="") as opened:
                rows = csv.writer(opened)
                rows.writerow(["email", "name", "community_role"])
                rows.writerows(
                    [address, f"Member {number}", "facilitator" if address == FACILITATOR else "member"]
                    for number, address in enumerate(MEMBERS)
                )
            assert "120 added" in talanoa.command("members", "import", "mdg", str(file))
            yield SimpleNamespace(sink=sink, postfix=postfix, talanoa=talanoa)


def fate_of(talanoa, subject, seconds=40) -> dict:
    """What became of the mail with this subject, once it has a fate."""
    return until(lambda: talanoa.about(subject), seconds)


def hand_in(house, raw, *, sender=WRITER, to=(ADDRESS,)) -> None:
    with house.postfix.from_outside() as server:
        server.sendmail(sender, list(to), raw, mail_options=["BODY=8BITMIME"])


def copies(house, message_id, count) -> list:
    """The copies of a mail in the members' mailboxes, when `count` have come and a little longer."""

    def found():
        return [one for one in list(house.sink.deliveries) if one.message_id == message_id]

    until(lambda: len(found()) >= count, 90)
    return found()


def test_120_members_get_exactly_one_well_formed_copy_each_after_the_approval(house):
    message_id = make_msgid(domain="people.example")
    raw = mail(f"Mere Talei <{WRITER}>", "Who counts the births?", Message_ID=message_id)
    hand_in(house, raw)
    assert fate_of(house.talanoa, "Who counts the births?")["fate"] == "held"
    assert not [one for one in house.sink.deliveries if one.message_id == message_id]

    (waiting,) = [row for row in house.talanoa.lines("moderate", "list") if row["message_id"] == message_id]
    house.talanoa.command("moderate", "approve", str(waiting["id"]))

    came = copies(house, message_id, 120)
    assert Counter(one.address for one in came) == Counter(MEMBERS)
    until(house.postfix.rests, 40)  # so the count is final
    assert len(copies(house, message_id, 120)) == 120
    senders, leaves = set(), set()
    for one in came:
        letter = message_from_bytes(one.content, policy=policy.default)
        assert not letter.defects
        assert one.content.count(b"\n") == one.content.count(b"\r\n") == one.content.count(b"\r")
        assert max(map(len, one.content.split(b"\r\n"))) <= 998
        for name in ("From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "Archived-At"):
            assert len(letter.get_all(name)) == 1, name
        assert letter["From"].addresses[0].addr_spec == ADDRESS
        assert letter["Subject"] == "[mdg] Who counts the births?"
        assert letter["X-Original-From"].endswith(f"<{WRITER}>")
        text = letter.get_content().replace("\r\n", "\n")
        assert text.startswith("Bula vinaka!\n\n.. two dots begin this line\n.\nWer zählt die Geburten auf Kadavu? 誰が数えますか")
        assert f"To answer Member 1 alone: {WRITER}" in text
        senders.add(one.sender)
        leaves.add(letter["List-Unsubscribe"])
    assert len(senders) == len(leaves) == 120  # each bounce and each leave names its one copy
    assert all(re.fullmatch(rf"mdg-bounces\+[a-z2-7]+@{DOMAIN}", sender) for sender in senders)


def test_the_bytes_are_kept_as_postfix_handed_them_over(house):
    raw = mail(f"Mere Talei <{WRITER}>", "Kept as it came")
    hand_in(house, raw)
    number = fate_of(house.talanoa, "Kept as it came")["id"]
    kept = house.talanoa.command("mail", "raw", str(number)).encode()
    body = raw.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n")
    assert kept.replace(b"\r\n", b"\n").endswith(b"\n\n" + body)


def test_postfix_knows_every_line_of_the_shipped_file_and_warns_of_nothing(house):
    done = subprocess.run(["/usr/sbin/postconf", "-c", house.postfix.etc, "-n"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert not re.search(r"warning: .*(?:\.cf|parameter|deprecated|talanoa-)", house.postfix.said())


def test_an_unknown_address_is_refused_with_our_sentence_while_the_sender_is_still_there(house):
    with house.postfix.from_outside() as server:
        server.ehlo("stranger.example")
        server.mail("stranger@elsewhere.example")
        code, words = server.rcpt(f"mdgg@{DOMAIN}")
    assert code == 550
    assert f"<mdgg@{DOMAIN}> is not an address here.".encode() in words


def test_an_unknown_address_written_to_from_the_house_comes_back_with_our_sentence(house):
    with smtplib.SMTP("127.0.0.1", house.postfix.port) as server:
        server.sendmail("clerk@office.example", [f"nobody@{DOMAIN}"], mail("clerk@office.example", "To nobody", to=f"nobody@{DOMAIN}"))
    until(lambda: house.sink.delivered_to("clerk@office.example"), 40)
    (report,) = house.sink.delivered_to("clerk@office.example")
    assert report.sender == ""
    assert f"<nobody@{DOMAIN}> is not an address here.".encode() in report.content.replace(b"\r\n    ", b" ")


def test_strangers_cannot_send_through_us(house):
    with house.postfix.from_outside() as server:
        server.ehlo("stranger.example")
        server.mail("stranger@elsewhere.example")
        assert server.rcpt("victim@elsewhere.example")[0] == 554
        assert server.rcpt(f"mdg@sub.{DOMAIN}")[0] == 554


def test_what_strangers_say_about_authenticity_is_removed_before_we_read_it(house):
    forged = {"Authentication-Results": f'"m\\x.{DOMAIN}"; dkim=pass header.d=people.example'}
    raw = mail(f"Mere Talei <{WRITER}>", "Vouched for by myself", **forged)
    hand_in(house, raw)
    number = fate_of(house.talanoa, "Vouched for by myself")["id"]
    assert "authentication-results" not in house.talanoa.command("mail", "raw", str(number)).lower()


def test_the_addresses_beside_the_community_are_known_and_reach_the_facilitator(house):
    with house.postfix.from_outside() as server:
        server.ehlo("stranger.example")
        server.mail("stranger@elsewhere.example")
        for purpose in ("owner", "join", "leave", "request", "bounces+x", "confirm+x"):
            assert server.rcpt(f"mdg-{purpose}@{DOMAIN}")[0] == 250, purpose
    owner = f"mdg-owner@{DOMAIN}"
    hand_in(house, mail("stranger@elsewhere.example", "To whoever runs this", to=owner), to=[owner])
    assert fate_of(house.talanoa, "To whoever runs this")["fate"] == "forwarded"
    until(lambda: any(b"To whoever runs this" in one.content for one in house.sink.delivered_to(FACILITATOR)), 40)


def test_somebody_joins_by_answering_our_letter(house):
    stranger = "newcomer@elsewhere.example"
    hand_in(house, mail(stranger, "May I join?", to=f"mdg-join@{DOMAIN}"), sender=stranger, to=[f"mdg-join@{DOMAIN}"])
    until(lambda: house.sink.delivered_to(stranger), 40)
    letter = message_from_bytes(house.sink.delivered_to(stranger)[0].content, policy=policy.default)
    answer = letter["From"].addresses[0].addr_spec
    assert re.fullmatch(rf"mdg-confirm\+[a-z0-9]+@{DOMAIN}", answer)
    hand_in(house, mail(stranger, f"Re: {letter['Subject']}", to=answer, text="Yes."), sender=stranger, to=[answer])
    assert fate_of(house.talanoa, f"Re: {letter['Subject']}")["fate"] == "asked to join"


def test_the_postmaster_is_a_person(house):
    hand_in(house, mail("stranger@elsewhere.example", "Abuse report", to=f"abuse@{DOMAIN}"), to=[f"abuse@{DOMAIN}"])
    until(lambda: house.sink.delivered_to("administrator@example.net"), 40)


def test_a_mail_too_large_for_us_is_refused_by_postfix_before_it_is_sent(house):
    with house.postfix.from_outside() as server:
        server.ehlo("stranger.example")
        code, _ = server.mail(WRITER, ["SIZE=26200000"])
    assert code == 552


def test_a_bounce_comes_back_to_the_copy_that_it_is_about(house):
    message_id = make_msgid(domain="people.example")
    hand_in(house, mail(f"Member 0 <{FACILITATOR}>", "A copy that comes back", Message_ID=message_id), sender=FACILITATOR)
    one = copies(house, message_id, 120)[7]
    report = (
        f"From: <mailer-daemon@people.example>\r\nTo: <{one.sender}>\r\nSubject: Undeliverable\r\nMessage-ID: {make_msgid()}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nThe mailbox is gone.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.people.example\r\n\r\n"
        f"Final-Recipient: rfc822; {one.address}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        "--b--\r\n"
    )
    hand_in(house, report.encode(), sender="", to=[one.sender])
    assert fate_of(house.talanoa, "Undeliverable")["fate"] == "bounce noted"


def test_while_talanoa_is_closed_postfix_keeps_the_mail_and_brings_it_afterwards(house, tmp_path):
    """So that migrations can run while mail waits."""
    talanoa = House(tmp_path)
    with PostOffice() as sink, Postfix(lmtp=talanoa.lmtp, sink=sink.port) as postfix:
        talanoa.settings["TALANOA_SMTP_URL"] = f"smtp://127.0.0.1:{postfix.port}"
        with talanoa:
            talanoa.command("community", "create", "mdg", "--name", "MDG Pacific", "--address", ADDRESS)
            talanoa.command("members", "add", "mdg", FACILITATOR, "--role", "facilitator")
            talanoa.start()
            with postfix.from_outside() as server:  # asked once, an address stays known for weeks
                server.ehlo("stranger.example")
                server.mail(WRITER)
                assert server.rcpt(ADDRESS)[0] == 250
            assert talanoa.stop() == 0
            hand_in(SimpleNamespace(postfix=postfix), mail(FACILITATOR, "While you were away"), sender=FACILITATOR)
            until(lambda: "Connection refused" in postfix.said(), 40)
            talanoa.start()
            postfix.tries_again()
            assert fate_of(talanoa, "While you were away", 60)["fate"] == "posted"


def test_swaks_is_answered_as_a_mail_client_expects(house, need):
    swaks = need("swaks")
    done = subprocess.run(
        [swaks, "--server", "127.0.0.1", "--port", str(house.postfix.port), "--local-interface", OUTSIDE, "--from", NEWCOMER,
         "--to", ADDRESS, "--h-From", f"Noa Faleolo <{NEWCOMER}>", "--h-Subject", "From swaks", "--body", "Does this reach you?"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert fate_of(house.talanoa, "From swaks")["fate"] == "held"


def test_swaks_speaks_lmtp_to_our_own_door(house, need):
    swaks = need("swaks")
    done = subprocess.run(
        [swaks, "--protocol", "LMTP", "--server", "127.0.0.1", "--port", str(house.talanoa.lmtp), "--from", WRITER,
         "--to", f"{ADDRESS},mdg-owner@{DOMAIN}", "--h-Subject", "From swaks by LMTP", "--body", "And this?"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"<- +250 2\.0\.0 Kept as mail \d+\.", done.stdout)) == 2


def test_a_member_writes_with_mutt_and_an_attachment_arrives_whole(house, need):
    mutt = need("mutt")
    attached = house.talanoa.folder / "births.csv"
    attached.write_bytes(b"island,births\r\nKadavu,31\r\n")
    subprocess.run(
        [mutt, "-n", "-F", "/dev/null", "-e", f"set smtp_url=smtp://127.0.0.1:{house.postfix.port}/ ssl_starttls=no ssl_force_tls=no copy=no",
         "-e", f"set from={FACILITATOR} realname='Member 0' use_envelope_from=yes envelope_from_address={FACILITATOR} hostname=people.example",
         "-s", "The births, by island", "-a", str(attached), "--", ADDRESS],
        input=b"See the file.\n", check=True, timeout=60, env={**os.environ, "HOME": str(house.talanoa.folder)},
    )  # fmt: skip
    fate = fate_of(house.talanoa, "The births, by island")
    assert fate["fate"] == "posted"
    one = copies(house, fate["message_id"], 120)[0]
    (part,) = message_from_bytes(one.content, policy=policy.default).iter_attachments()
    assert (part.get_filename(), part.get_payload(decode=True)) == ("births.csv", attached.read_bytes())


def test_a_day_by_mail_with_swaks_and_mutt(house, need):
    """A member posts from swaks, the facilitator approves by replying to the notice with mutt, a member answers."""
    swaks, mutt = need("swaks"), need("mutt")

    def write(sender, subject, body, *more):
        done = subprocess.run(
            [swaks, "--server", "127.0.0.1", "--port", str(house.postfix.port), "--local-interface", OUTSIDE, "--from", sender,
             "--to", ADDRESS, "--h-From", sender, "--h-Subject", subject, "--body", body, *more],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    asker, answerer = MEMBERS[3:5]
    write(asker, "Who weighs the newborns?", "On the outer islands nobody does.")
    held = fate_of(house.talanoa, "Who weighs the newborns?")
    assert held["fate"] == "held"

    def notices():
        return [one for one in house.sink.delivered_to(FACILITATOR) if b"Subject: Held: Who weighs the newborns?" in one.content]

    until(notices, 40)
    notice = message_from_bytes(notices()[0].content, policy=policy.default)
    reply = "approve\n\nOn Monday, MDG Pacific wrote:\n" + "".join(f"> {line}\n" for line in notice.get_content().splitlines())
    subprocess.run(
        [mutt, "-n", "-F", "/dev/null", "-e", f"set smtp_url=smtp://127.0.0.1:{house.postfix.port}/ ssl_starttls=no ssl_force_tls=no copy=no",
         "-e", f"set from={FACILITATOR} use_envelope_from=yes envelope_from_address={FACILITATOR} hostname=people.example",
         "-e", f"my_hdr In-Reply-To: {notice['Message-ID']}", "-s", f"Re: {notice['Subject']}", "--", notice["From"].addresses[0].addr_spec],
        input=reply.encode(), check=True, timeout=60, env={**os.environ, "HOME": str(house.talanoa.folder)},
    )  # fmt: skip
    assert fate_of(house.talanoa, "Re: Held: Who weighs the newborns?")["fate"] == "decided"
    copies(house, held["message_id"], 120)
    write(answerer, "Re: [mdg] Who weighs the newborns?", "We do, with a spring scale.", "--header", f"In-Reply-To: {held['message_id']}")
    assert fate_of(house.talanoa, "Re: [mdg] Who weighs the newborns?")["fate"] in {"held", "posted"}
