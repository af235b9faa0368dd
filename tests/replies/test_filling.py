"""The first draft of a reply, from twelve invented responses: nothing is invented, nobody's writing is touched."""

import json
import re

import pytest

from path import NOW, letter
from talanoa.commandline import main
from talanoa.communities import actions as communities
from talanoa.people import actions as people
from talanoa.publishing.markup import blocks, message_in
from talanoa.replies import actions as replies
from talanoa.replies import lookups

pytestmark = pytest.mark.django_db

TWELVE = {
    "Sina Leota/WS": "Dear Ben,\n\nIn Samoa we train village nurses for six months. Village nurses keep a register of all births at home.\n\nBest regards,\nSina",
    "Mele Taufa/TO": "We pay village nurses a small stipend. In Tonga the stipend of the nurses comes from the church.",
    "Ravi Prasad/FJ": "I disagree with stipends: nurses who are paid by the birth count births that never were. In Fiji we paid for training.",
    "Litia Waqa/FJ": "The register of births at home was put on telephones in Suva in 2019. The registers agree now in nine of ten villages.",
    "Pema Dorji/BT": "In Bhutan village health workers count births and deaths in one book. See https://health.example.org/bhutan-guide.pdf, a guide for health workers.",
    "Kamal Thapa/NP": "In Nepal female community health volunteers report every birth at home. The report \u201cCounting at Home\u201d tells how.",
    "Asha Rai/NP": "The women\u2019s groups in Kathmandu keep their own register of births. They compare it with the register of the nurses.",
    "Tam Nguyen/VN": "In Viet Nam commune nurses visit each home once a month. There is a portal, https://births.example.org, with all registers of births.",
    "Somsak Dee/TH": "I agree with Sina that village nurses should keep the register. In Thailand volunteers do it for ten houses each.",
    "Grace Toa/VU": "In Vanuatu the ferry brings the nurse on market day, and mothers register births there.",
    "Jon Aru/PG": "Please contact Dr Hilda Polume, who runs the training course for village nurses in Goroka.",
    "Maria Reyes/PH": "The barangay health workers in Cebu, Philippines, register births at home. Training takes five days.",
}


@pytest.fixture
def twelve(cast, query, walk):
    for number, (who, text) in enumerate(TWELVE.items()):
        name, _, country = who.partition("/")
        address = f"{name.split()[0].lower()}@people.example"
        communities.join(cast.mdg, people.introduce(address, at=NOW, name=name, country=country), at=NOW)
        walk(letter(f"{name} <{address}>", subject="Re: Births", text=text, In_Reply_To=query.post.message_id, Message_ID=f"<answer-{number}@people.example>"))
    return replies.begin(query, by=cast.ana, at=NOW)


def sentences_of(html):
    """Each sentence with the key of the response that is linked right behind it."""
    return [(re.sub(r"<[^>]+>", "", words).strip(" :"), link) for words, link in re.findall(r'(.*?)<a href="(/c/mdg/m/[^"]+)">[^<]*</a>', html)]


def test_a_first_draft_of_twelve_responses(cast, twelve, query):
    filled = replies.fill(twelve, by=cast.ana, at=NOW)
    html = {one.key: one.html for one in lookups.sections(twelve)}
    assert filled == [key for key, text in html.items() if text]
    assert {"summary", "experiences", "documentation", "portals"} <= set(filled)
    assert lookups.missing(twelve) == []
    said = {post.key: " ".join(post.fresh_text.split()) for post, _ in lookups.coverage(twelve)}
    assert len(said) == 12
    for key in ("summary", "experiences"):
        for block in blocks(html[key]):
            if block.is_item:
                for sentence, link in sentences_of(block.html):
                    assert sentence in said[message_in(link, "")[1]], sentence
    assert "Dear Ben" not in str(html)
    assert "Best regards" not in str(html)
    headings = [block.text for block in blocks(html["experiences"]) if block.tag == "h3"]
    assert headings == sorted(set(headings))
    assert {"Samoa", "Nepal", "Vanuatu", "Bhutan"} <= set(headings)
    assert 'href="https://births.example.org"' in html["portals"]
    covered = [post.author.name for post, there in lookups.coverage(twelve) if there]
    assert len(covered) == 12


def test_a_draft_goes_into_empty_sections_alone(cast, twelve):
    mine = "<p>My own words.</p>"
    section = twelve.sections.get(key="summary")
    replies.save(section, mine, based_on="", by=cast.ana, at=NOW)
    assert "summary" not in replies.fill(twelve, by=cast.ana, at=NOW)
    assert twelve.sections.get(key="summary").html == mine
    assert replies.fill(twelve, by=cast.ana, at=NOW) == []


def test_without_a_response_nothing_is_drafted(cast, query):
    begun = replies.begin(query, by=cast.ana, at=NOW)
    assert replies.fill(begun, by=cast.ana, at=NOW) == []
    assert [one.sentence for one in lookups.missing(begun)] == ["The summary is empty."]


def test_the_command_draws_up_the_same(cast, twelve, query, capsysbinary):
    assert main(["draft", "--query", str(query.pk), "--json", "--sentences", "5"]) == 0
    told = json.loads(capsysbinary.readouterr().out)
    assert len(told["summary"]) == 5
    assert {"summary", "themes", "experiences", "resources", "contributors", "coverage", "text", "query"} == set(told)
    assert len(told["contributors"]) == 12
    said = {post.message_id: " ".join(post.fresh_text.split()) for post, _ in lookups.coverage(twelve)}
    assert all(one["sentence"] in said[one["message_id"]] for one in told["summary"])
    assert main(["draft", "--query", "4711", "--json"]) == 1
