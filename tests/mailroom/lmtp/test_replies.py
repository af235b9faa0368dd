"""What the mail door says, over real sockets: RFC 2033, and the promises D2, D3, D4, D8, M2."""

import re
import sqlite3
import time

import pytest

from mailroom.lmtp.door import OURS, Client, Door, doubled, mail

HEALTH = "health@lists.example.org"
THREE = (OURS, HEALTH, "mdg-owner@lists.example.org")
FIFTY = tuple(f"mdg-bounces+{number}@lists.example.org" for number in range(50))


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    with Door(tmp_path_factory.mktemp("door"), max_mail_mb=1) as running:
        yield running


@pytest.fixture
def client(door):
    with door.client() as talking:
        yield talking


def stored(door, content):
    return [one.recipient for one in door.kept() if one.content == content]


class TestOneReplyForEachRecipient:
    """D2: N accepted RCPT give exactly N final replies, in RCPT order, on every path."""

    @pytest.fixture(params=[THREE, FIFTY], ids=["three", "fifty"])
    def crowd(self, request):
        return request.param

    def check(self, client, replies, crowd, code):
        assert [reply[:9] for reply in replies] == [code] * len(crowd)
        assert client.silent()
        assert client.ask("NOOP").startswith("250")

    def test_when_all_is_well(self, door, client, crowd):
        letter = mail()
        self.check(client, client.send(letter, crowd), crowd, "250 2.0.0")
        assert stored(door, letter) == list(crowd)

    def test_in_the_order_of_the_recipients(self, door, client, crowd):
        numbers = [int(reply.split()[-1].rstrip(".")) for reply in client.send(mail(), crowd)]
        assert [one.recipient for one in door.kept() if one.number in numbers] == list(crowd)
        assert numbers == sorted(numbers)

    def test_when_some_were_refused_before(self, client, crowd):
        mixed = [address for one in crowd for address in (one, f"not-{one}")]
        self.check(client, client.send(mail(), mixed), crowd, "250 2.0.0")

    def test_when_the_mail_is_over_size(self, door, client, crowd):
        letter = mail(size=1_100_000)
        self.check(client, client.send(letter, crowd), crowd, "552 5.3.4")
        assert stored(door, letter) == []

    def test_when_the_mail_is_far_over_size(self, client, crowd):
        self.check(client, client.send(mail(size=9_000_000), crowd), crowd, "552 5.3.4")

    def test_when_a_line_is_long(self, door, client, crowd):
        """Finding 3: what RFC 5322 forbids is sloppy, not hostile; it is taken and kept."""
        letter = mail("x" * 500_000)
        self.check(client, client.send(letter, crowd), crowd, "250 2.0.0")
        assert len(stored(door, letter)) == len(crowd)

    @pytest.mark.parametrize("stray", [b"one\ntwo\n", b"one\rtwo", b"\x00\n\n\r\r"], ids=["LF", "CR", "NUL"])
    def test_when_line_ends_are_bare(self, door, client, crowd, stray):
        letter = mail() + stray + b"\r\n"
        self.check(client, client.send(letter, crowd), crowd, "250 2.0.0")
        assert len(stored(door, letter)) == len(crowd)

    def test_when_a_dot_hides_between_bare_line_ends(self, client, crowd):
        self.check(client, client.send(mail() + b"\n.\r\n", crowd), crowd, "554 5.6.0")

    def test_when_it_goes_in_a_circle(self, client, crowd):
        self.check(client, client.send(b"Received: by a\r\n" * 51 + mail(), crowd), crowd, "554 5.4.6")

    def test_when_it_is_empty(self, client, crowd):
        self.check(client, client.send(b"", crowd), crowd, "250 2.0.0")


class TestOurFaultsAreTemporary:
    """D3: any fault of ours is 4xx, said to each recipient."""

    @pytest.mark.parametrize("crowd", [THREE, FIFTY], ids=["three", "fifty"])
    def test_when_a_bug_is_in_the_way(self, tmp_path, crowd):
        bug = """
            from talanoa.mail import actions
            def keep(*args, **kwargs): raise AttributeError("a bug")
            actions.keep = keep
        """
        with Door(tmp_path, after=bug) as door, door.client() as client:
            assert client.send(mail(), crowd) == ["451 4.3.0 Something is wrong on our side; please try again later."] * len(crowd)
            assert client.ask("NOOP").startswith("250")

    @pytest.mark.parametrize("crowd", [THREE, FIFTY], ids=["three", "fifty"])
    def test_when_the_database_is_gone(self, tmp_path, crowd):
        with Door(tmp_path) as door, door.client() as client:
            accepted = client.hand_in(*crowd)
            assert all(reply.startswith("250") for reply in accepted)
            if door.url.startswith("sqlite"):
                with sqlite3.connect(door.url.removeprefix("sqlite:///")) as database:
                    database.execute("DROP TABLE mail_received")
                database.close()
            else:
                import psycopg

                with psycopg.connect(door.url) as database:
                    database.execute("DROP TABLE mail_received CASCADE")
            client.write(mail() + b".\r\n")
            assert [reply[:9] for reply in client.replies(len(crowd))] == ["451 4.3.0"] * len(crowd)
            assert client.ask("NOOP").startswith("250")

    def test_when_a_recipient_cannot_be_looked_up(self, tmp_path):
        with Door(tmp_path, after="lmtp.destinations.resolve = None") as door, door.client() as client:
            client.ask("MAIL FROM:<ben@people.example>")
            assert client.ask(f"RCPT TO:<{OURS}>").startswith("451 4.3.0")

    def test_one_mail_that_cannot_be_written_does_not_fail_its_neighbours(self, tmp_path):
        poison = """
            import time
            from talanoa.mail import actions
            keep = actions.keep
            def poisoned(raw, **more):
                time.sleep(0.05)  # so that mails wait, and share a commit
                if b"poison" in raw:
                    raise ValueError("poison")
                return keep(raw, **more)
            actions.keep = poisoned
        """
        with Door(tmp_path, after=poison) as door:
            clients = [door.client() for _ in range(8)]
            for client in clients:
                client.hand_in(OURS)
            for number, client in enumerate(clients):
                client.write((mail("poison") if number == 3 else mail()) + b".\r\n")
            said = [client.reply()[:3] for client in clients]
            for client in clients:
                client.close()
            assert said == ["250"] * 3 + ["451"] + ["250"] * 4
            assert len(door.kept()) == 7

    def test_when_the_disk_is_nearly_full_mail_is_put_off_at_once(self, tmp_path):
        """D8: 452 at MAIL FROM, before anybody sends 25 MiB for nothing."""
        with Door(tmp_path, after="keeping.LEAST_SPACE = 1 << 60") as door, door.client() as client:
            assert client.ask("MAIL FROM:<ben@people.example>").startswith("452 4.3.1")
            assert client.ask(f"RCPT TO:<{OURS}>").startswith("503")


class TestRecipients:
    """The address decides, and nothing else does."""

    @pytest.fixture(autouse=True)
    def _sender(self, client):
        assert client.ask("MAIL FROM:<ben@people.example>").startswith("250 2.1.0")

    @pytest.mark.parametrize("address", [OURS, "MDG@Lists.Example.ORG", "mdg-join@lists.example.org", "mdg-confirm+abc@lists.example.org", "@relay.example:" + OURS])
    def test_an_address_of_ours_is_taken(self, client, address):
        assert client.ask(f"RCPT TO:<{address}>").startswith("250 2.1.5")

    @pytest.mark.parametrize("address", ["nobody@lists.example.org", "mdg@elsewhere.example", "mdg-nonsense@lists.example.org", "postmaster", "mdg"])
    def test_another_is_refused_with_a_sentence(self, client, address):
        assert client.ask(f"RCPT TO:<{address}>") == f"550 5.1.1 <{address}> is not an address here."

    def test_a_reply_is_ascii_whatever_was_asked(self, client):
        assert client.ask("RCPT TO:<ünknown@lists.example.org>") == r"550 5.1.1 <\xfcnknown@lists.example.org> is not an address here."

    @pytest.mark.parametrize("given", ["<>", "", "<two words@lists.example.org>", f"<{'x' * 400}@lists.example.org>", "<mdg\x00@lists.example.org>", "<mdg@lists.example.org"])
    def test_what_is_no_address_is_refused(self, client, given):
        assert client.ask(f"RCPT TO:{given}").startswith("501 5.1.3")

    def test_without_a_recipient_there_is_no_data(self, client):
        assert client.ask("DATA").startswith("503 5.5.1")


class TestSenders:
    @pytest.mark.parametrize(
        ("given", "sender"),
        [
            ("<>", ""),
            ("<ben@people.example>", "ben@people.example"),
            ("<ben+tag=x@people.example> SIZE=500 BODY=8BITMIME", "ben+tag=x@people.example"),
            ("<MAILER-DAEMON>", "MAILER-DAEMON"),
            ('<"ben okafor"@people.example>', '"ben okafor"@people.example'),
            ("<bén@people.example> SMTPUTF8", "bén@people.example"),
            (" <ben@people.example>", "ben@people.example"),
        ],
    )
    def test_the_envelope_sender_is_kept_as_it_came(self, door, client, given, sender):
        assert client.ask(f"MAIL FROM:{given}").startswith("250")
        client.ask(f"RCPT TO:<{OURS}>")
        client.ask("DATA")
        client.write(mail() + b".\r\n")
        number = int(client.reply().split()[-1].rstrip("."))
        assert [one.sender for one in door.kept() if one.number == number] == [sender]

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ("<ben@people.example> SIZE=1048577", "552 5.3.4"),
            ("<ben@people.example> SIZE=lots", "501 5.5.4"),
            ("<ben@people.example> BODY=BINARYMIME", "501 5.5.4"),
            ("<ben@people.example> SMTPUTF8=yes", "501 5.5.4"),
            ("<ben@people.example> RET=HDRS", "555 5.5.4"),
            ("ben <ben@people.example>", "501"),
            ("<ben@people.example>>", "501 5.1.7"),
        ],
    )
    def test_what_is_not_offered_is_refused(self, client, given, code):
        assert client.ask(f"MAIL FROM:{given}").startswith(code)
        assert client.ask("MAIL FROM:<ben@people.example> SIZE=1048576").startswith("250")


class TestBytes:
    """D4: the bytes that are kept are those that were sent."""

    @pytest.mark.parametrize(
        "content",
        [
            b".\r\n",
            b"..\r\n.\r\n...\r\n",
            b".hidden: header\r\n\r\n.signature\r\n",
            b"Subject: x\r\n\r\n" + bytes(range(256)).replace(b"\r", b"").replace(b"\n", b"") + b"\r\n",
            b"\r\n\r\n\r\n",
            b"no header and no colon\r\n",
            b"From mdg@lists.example.org Mon Mar  2\r\nSubject: mbox\r\n\r\nFrom here on\r\n",
            b"Subject: =?utf-8?q?" + b"x" * 300_000 + b"?=\r\n\r\n",
            b"X: y\r\n" * 100_000 + b"\r\n",
        ],
        ids=["dot", "dots", "dotted lines", "octets", "empty lines", "no header", "mbox", "long subject", "many headers"],
    )
    def test_strange_content_is_kept_to_the_byte(self, door, client, content):
        assert client.send(content)[0].startswith("250")
        assert door.kept()[-1].content == content

    def test_a_dot_that_was_not_doubled_is_taken_away_all_the_same(self, door, client):
        """RFC 5321 4.5.2: whatever begins with a dot loses it."""
        client.hand_in(OURS)
        client.write(b"Subject: x\r\n\r\n.signature\r\n.\r\n")
        assert client.reply().startswith("250")
        assert door.kept()[-1].content == b"Subject: x\r\n\r\nsignature\r\n"

    def test_pieces_of_any_size_make_the_same_mail(self, door, client):
        content = b".\r\n..\r\n" + mail() + b".\r\n"
        wire = doubled(content) + b".\r\n"
        for size in (1, 2, 3, 4, 5, 7):
            client.hand_in(OURS)
            for start in range(0, len(wire), size):
                client.write(wire[start : start + size])
                if start % 50 == 0:
                    time.sleep(0.0005)  # else the kernel puts them together again
            assert client.reply().startswith("250")
            assert door.kept()[-1].content == content


class TestSmuggling:
    """M2: only CR LF dot CR LF ends a mail, and what stands after it is the next command."""

    @pytest.mark.parametrize(
        "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\r\n.\x00\r\n", b"\r\r\n.\r\r\n", b"\n.\r", b"\r.\n"]
    )
    def test_another_end_of_data_does_not_end_it(self, door, client, end):
        letter = mail()
        before = len(door.kept())
        second = b"MAIL FROM:<evil@evil.example>\r\nRCPT TO:<mdg@lists.example.org>\r\nDATA\r\n" + mail("evil")
        client.hand_in(OURS)
        client.write(letter.removesuffix(b"\r\n") + end + second + b"\r\n.\r\n")
        said = client.reply()
        assert client.silent()
        assert re.match("250|554 5.6.0", said)
        new = door.kept()[before:]
        assert len(new) == said.startswith("250")
        assert all(one.sender == "ben@people.example" for one in new)

    def test_a_mail_in_the_same_packet_as_the_next_command(self, door, client):
        client.hand_in(OURS)
        client.write(mail() + b".\r\nNOOP\r\nQUIT\r\n")
        assert [reply[:9] for reply in client.replies(3)] == ["250 2.0.0", "250 2.0.0", "221 2.0.0"]

    @pytest.mark.parametrize("command", [b"NOOP\nQUIT", b"NOOP\rQUIT", b"NOOP\r\r"])
    def test_a_command_ends_with_cr_lf_alone(self, client, command):
        assert client.ask(command).startswith("500 5.5.2")


class TestCommands:
    def test_lhlo_says_what_is_offered_and_nothing_else(self, door):
        with Client(door.port, greet=False) as client:
            assert client.reply() == "220 lists.example.org LMTP Talanoa"
            assert client.ask("LHLO x").split("\n") == [
                "250-lists.example.org",
                "250-PIPELINING",
                "250-ENHANCEDSTATUSCODES",
                "250-8BITMIME",
                "250-SMTPUTF8",
                "250 SIZE 1048576",
            ]

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            ("EHLO x", "500 5.5.1"),  # RFC 2033 4.1
            ("HELO x", "500 5.5.1"),
            ("LHLO", "501 5.5.4"),
            ("BDAT 10 LAST", "500 5.5.1"),
            ("STARTTLS", "500 5.5.1"),
            ("AUTH PLAIN", "500 5.5.1"),
            ("EXPN mdg", "500 5.5.1"),
            ("VRFY mdg", "252"),
            ("HELP", "214"),
            ("noop", "250"),
            ("RSET", "250"),
            ("RSET now", "501"),
            ("", "500"),
            ("RCPT TO:<mdg@lists.example.org>", "503"),
            ("DATA", "503"),
            ("QUIT", "221"),
            ("\x00", "500"),
            (b"\xff\xfe NOOP", "500"),
        ],
    )
    def test_each_has_its_answer(self, client, command, code):
        assert client.ask(command).startswith(code)

    def test_mail_wants_lhlo_first(self, door):
        with Client(door.port, greet=False) as client:
            client.reply()
            assert client.ask("MAIL FROM:<ben@people.example>").startswith("503 5.5.1")

    def test_a_second_sender_is_refused_until_rset(self, client):
        client.ask("MAIL FROM:<ben@people.example>")
        assert client.ask("MAIL FROM:<chandra@people.example>").startswith("503")
        client.ask("RSET")
        assert client.ask("MAIL FROM:<chandra@people.example>").startswith("250")
