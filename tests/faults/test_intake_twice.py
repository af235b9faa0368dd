"""The same mail more than once: one post, and never a refusal (D5, E13)."""

import threading

import pytest

from mailroom.lmtp.door import OURS, Door, mail


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    with Door(tmp_path_factory.mktemp("door")) as running:
        yield running


@pytest.fixture
def fates(door):
    """`fates()`: let everything walk; what became of the mails of this test, in order of arrival."""
    before = len(door.kept())
    return lambda **how: [one.fate for one in door.sort(**how)[before:]]


def test_the_same_bytes_twice_make_one_post(door, fates):
    letter = mail()
    with door.client() as client:
        assert [client.send(letter)[0][:3] for _ in range(2)] == ["250", "250"]
    assert sorted(fates()) == ["posted", "repeated"]


def test_the_same_bytes_by_ten_clients_at_once_make_one_post(door, fates):
    letter = mail()
    clients = [door.client() for _ in range(10)]
    together = threading.Barrier(10)
    said = []

    def hand_in(client):
        client.hand_in(OURS)
        together.wait()
        client.write(letter + b".\r\n")
        said.append(client.reply()[:3])

    threads = [threading.Thread(target=hand_in, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    assert said == ["250"] * 10
    assert sorted(fates(twins=2)) == ["posted"] + ["repeated"] * 9


def test_a_client_that_misses_the_reply_and_comes_again_makes_one_post(door, fates):
    letters = [mail() for _ in range(20)]
    for letter in letters:
        with door.client() as client:
            client.hand_in(OURS)
            client.write(letter + b".\r\n")
        with door.client() as client:
            assert client.send(letter)[0].startswith("250")
    found = fates()
    assert found.count("posted") == len(letters)
    assert set(found) == {"posted", "repeated"}


def test_the_same_message_id_with_other_words_is_held(door, fates):
    """Else an attacker could suppress a post by sending its Message-ID first."""
    with door.client() as client:
        for words in ("Who counts the births?", "Nobody counts the births.", "Who counts the births?"):
            assert client.send(mail(words, number="the-same"))[0].startswith("250")
    assert fates() == ["posted", "held", "repeated"]


def test_to_two_communities_it_is_two_posts_of_one_copy(door, fates):
    before = door.query("SELECT count(*) FROM mail_raw")[0][0]
    with door.client() as client:
        letter = mail().replace(b"To: mdg@lists.example.org", b"To: mdg@lists.example.org, health@lists.example.org")
        client.send(letter, [OURS, "health@lists.example.org", OURS])
    assert sorted(fates()) == ["posted", "posted", "repeated"]
    assert door.query("SELECT count(*) FROM mail_raw") == [(before + 1,)]


def test_without_a_message_id_too(door, fates):
    letter = b"\r\n".join(line for line in mail().split(b"\r\n") if not line.startswith(b"Message-ID"))
    with door.client() as client:
        for _ in range(2):
            assert client.send(letter)[0].startswith("250")
    assert sorted(fates()) == ["posted", "repeated"]
