"""Which places a text speaks of, in many languages."""

import gzip

import pytest

from talanoa.language.places import GAZETTEER, country_name, country_of, find


def told(text, **known):
    return [(place.country, place.name) for place in find(text, **known)]


@pytest.mark.parametrize(
    "text",
    [
        "In Nepal, near Kathmandu, two schools opened.",
        "Au Népal, près de Katmandou, et à Kathmandu aussi.",
        "В Непале, недалеко от Катманду.",
        "नेपाल में काठमांडू के पास।",
        "নেপালে কাঠমান্ডু শহরে",
        "在尼泊尔的加德満都附近，加德滿都",
        "ネパールのカトマンズで開いた。",
        "네팔에서 카트만두는 가깝다.",
        "ประเทศเนปาลที่กาฐมาณฑุ",
        "في نيبال قرب كاتماندو",
        "Nepal'de Kathmandu'da okul açıldı.",
    ],
)
def test_a_country_and_its_city_are_found_in_many_languages(text):
    found = told(text)
    assert ("NP", "") in found
    assert ("NP", "Kathmandu") in found or "Katmandou" in text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("di Jawa Timur, Indonesia", ("ID", "East Java")),
        ("in Sanma Province", ("VU", "Sanma")),
        ("Port Vila is quiet", ("VU", "Port-Vila")),
        ("in Tamil Nadu", ("IN", "Tamil Nadu")),
        ("在四川和云南", ("CN", "Sichuan")),
        ("ở Quảng Nam", ("VN", "Quảng Nam")),
        ("ที่เชียงใหม่", ("TH", "Chiang Mai")),
        ("to Nuku'alofa, Tonga", ("TO", "Nuku‘alofa")),
        ("the Lao PDR and Viet Nam", ("LA", "")),
    ],
)
def test_divisions_and_towns_are_found_as_people_write_them(text, place):
    assert place in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "Reading is nice, and most of the same.",
        "Nice work! Mary said so, and Jordan Smith too.",
        "Male teachers are few. Of course. Along the river.",
        "the china cups and a turkey",
        "",
    ],
)
def test_words_and_persons_are_no_places(text):
    assert told(text) == []


def test_a_namesake_is_believed_beside_its_country_or_its_author():
    assert told("We opened a school in Male.") == []
    assert ("MV", "Male") in told("We opened a school in Male, Maldives.")
    assert ("MV", "Male") in told("We opened a school in Male.", near=["MV"])
    assert told("Anand of Patna and Suva came.", not_names=["Suva Rao"]) == [("IN", "Patna")]


def test_what_was_written_stands_where_it_is_said_to():
    text = "Schools in Papua New Guinea,\nin Port Vila and 在尼泊尔的学校"
    found = find(text)
    assert [text[place.begin : place.end] for place in found] == [place.written for place in found]
    assert [place.country for place in found] == ["PG", "VU", "NP"]


def test_countries_are_known_by_name_and_code_and_told_in_a_language():
    assert [country_of(name) for name in ("Samoa", "नेपाल", "ws", "the Philippines", "Atlantis")] == ["WS", "NP", "WS", "PH", ""]
    assert country_name("NP", "fr") == "Népal"


def test_the_gazetteer_is_small_and_whole():
    assert GAZETTEER.stat().st_size < 1_000_000
    with gzip.open(GAZETTEER, "rt", encoding="utf-8") as lines:
        kinds = [line.split("\t")[1] for line in lines]
    assert set(kinds) == {"country", "capital", "city", "division", "elsewhere"}
    assert kinds.count("country") > 240
