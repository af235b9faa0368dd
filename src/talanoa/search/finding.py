"""From a question to the entries that answer it, the best first."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from tantivy import FieldType, Query

from talanoa.language.languages import LATIN, sharing_script
from talanoa.search import analysis, compounds
from talanoa.search.compounds import joining
from talanoa.search.engine import FIELDS, MOST_DEEP, Hit, Look, any_of, must, narrowing
from talanoa.search.ranking import Answers
from talanoa.search.wording import Asked

# So many telling words make a question, which is looked at more closely than words that are looked up.
QUESTION = 4
SECOND_LOOK = {True: 200, False: 50}  # answers that get a second look: to a question, to words
AT_LEAST = 200  # entries that are ranked, so that conversations can be told apart
MOST_LANGUAGES = 4

Forms = tuple[str, ...]  # the terms by which a word is found


class Wish(NamedTuple):
    """A question in the terms of an index."""

    words: tuple[Forms, ...]  # in their order
    audiences: tuple[int, ...] | None  # to whom it must belong; None: everybody's
    narrowed: tuple[Query, ...]
    without: tuple[Query, ...]
    languages: tuple[str, ...]

    @property
    def question(self) -> bool:
        return len(self.words) >= QUESTION


def wish(look: Look, asked: Asked, audiences: Sequence[int] | None, languages: Sequence[str] = ()) -> Wish:
    """The question of somebody to whom these audiences belong (None: everybody's)."""
    spoken = tuple(languages) or tuple(one for one in look.languages if one in LATIN)[:MOST_LANGUAGES] or ("en",)
    words = (*asked.said, *(word for phrase in asked.without for word in phrase))
    spoken = tuple(dict.fromkeys((*spoken, *(one for word in words for one in sharing_script(word)))))
    narrowed = [narrowing(one) for one in _narrowings(look, asked, spoken)]
    mine = None if audiences is None else tuple(audiences)
    without = [_phrase(look, said, spoken) for said in asked.without]
    without += [narrowing(one) for one in _narrowings(look, asked.never, spoken)] if asked.never else []
    together = {word: "".join(run) for run in asked.joined for word in run}
    telling = analysis.telling(asked.words, tuple(languages) or look.languages or ("en",))
    found = tuple(one for word in telling for one in _forms(look, word, spoken, together.get(word, "")))
    return Wish(found, mine, tuple(narrowed), tuple(without), spoken)


def _forms(look: Look, word: str, languages: tuple[str, ...], together: str) -> list[Forms]:
    """A word's forms; a run of characters is as many words as it has pairs, and one that was joined, and that nobody wrote so, as two.

    `together`: the word of which it is a part, when it is written without hyphens.
    """
    forms = analysis.forms(word, languages)
    if analysis.paired(forms[0]):
        return [(pair,) for pair in forms[0].split()]
    whole = analysis.forms(together, languages) if together else ()
    if _written(look, whole):
        forms += whole
    if _written(look, forms):
        return [forms]
    # A language that few write here has its say where nobody else wrote the word.
    others = (one for one in analysis.STEMMED if look.searcher.doc_freq("language", one))
    forms = analysis.forms(word, tuple(dict.fromkeys((*languages, *others))))
    if _written(look, forms):
        return [forms]
    apart = compounds.beside(word, languages, look) or compounds.parts(word, languages, look.frequency)
    return [(part,) for part in apart] or [forms]


def _written(look: Look, forms: Forms) -> bool:
    return any(look.searcher.doc_freq(name, form) for form in forms for name in FIELDS)


def _narrowings(look: Look, asked: Asked, languages: Sequence[str]) -> list[Query]:
    found = [_phrase(look, phrase, languages) for phrase in asked.phrases]
    found += [must(*(look.term("people", analysis.fold(word)) for word in author)) for author in asked.authors]
    for name, values in (("country", asked.countries), ("kind", asked.kinds), ("theme", asked.themes)):
        if values:
            found.append(Query.term_set_query(look.schema, name, list(values)))
    if asked.conversations:
        found.append(Query.term_set_query(look.schema, "group", list(asked.conversations)))
    if asked.years:
        found.append(Query.range_query(look.schema, "year", FieldType.Unsigned, *asked.years))
    if asked.with_attachment:
        found.append(look.term("has", "attachment"))
    return found


def _phrase(look: Look, said: Sequence[str], languages: Sequence[str]) -> Query:
    """Words that stand beside each other in this order, in title, text or file, stemmed as in any of these languages, or not at all."""
    ways = {tuple(term for word in said for term in analysis.terms([word], language).split()) for language in (*languages, "")}
    return any_of(
        [
            look.term(name, way[0]) if len(way) == 1 else Query.phrase_query(look.schema, name, list(way))
            for way in sorted(ways)
            if way
            for name in ("title", "text", "files")
        ]
    )


def _word(look: Look, forms: Forms, weight: float, *, alone: bool = False) -> Query:
    """One word in every field where it stands; of its forms the best counts. `alone`: a character by itself, in any pair."""
    found = []
    for name, worth in FIELDS.items():
        if alone:
            found.append(Query.regex_query(look.schema, name, f"{forms[0]}.?|.{forms[0]}"))
            continue
        there = [look.term(name, form) for form in forms if look.searcher.doc_freq(name, form)]
        if there:
            best = there[0] if len(there) == 1 else Query.disjunction_max_query(there)
            found.append(Query.boost_query(best, worth * weight) if worth * weight != 1 else best)
    return any_of(found)


def _alone(forms: Forms) -> bool:
    """Whether a word is one character of a script that is cut into pairs: water, village, book."""
    return len(forms[0]) == 1 and analysis.paired(forms[0])


def _within(look: Look, wished: Wish) -> Query:
    """All words of the question, each also as a part of longer ones; all terms are looked through, which takes some 50 ms."""
    inside = [
        any_of([_word(look, forms, 1), *(Query.regex_query(look.schema, name, f".*{forms[0]}.*") for name in ("title", "text"))])
        if len(forms[0]) > compounds.SHORTEST and forms[0].isalpha()
        else _word(look, forms, 1)
        for forms in wished.words
    ]
    return must(*inside, *wished.narrowed, without=wished.without)


def query(look: Look, wished: Wish, *, every: bool) -> Query:
    """The question as the index understands it: with every word, or with any."""
    words = [_word(look, forms, count, alone=every and _alone(forms)) for forms, count in Counter(wished.words).items()]
    if every or not words:
        parts = [*words, *wished.narrowed] or [Query.all_query()]
        return parts[0] if len(parts) == 1 and not wished.without else must(*parts, without=wished.without)
    if not wished.narrowed and not wished.without:
        return any_of(words)
    return must(any_of(words), *wished.narrowed, without=wished.without)


class Found(NamedTuple):
    """What answers, the best first; and the query that found it, for counts."""

    hits: list[Hit]
    query: Query
    whole: bool = True  # some have every word; of a question this is not asked


def nothing(look: Look, wished: Wish) -> Found:
    """No answer, and the query that could have found one."""
    return Found([], _belonging(look, wished, query(look, wished, every=True)))


def _belonging(look: Look, wished: Wish, asked: Query) -> Query:
    return asked if wished.audiences is None else must(asked, look.belonging(wished.audiences))


def answers(look: Look, wished: Wish, *, most: int, grouped: bool = True, latest_first: bool = False) -> Found:
    """The entries that answer, of each group the best where `grouped`. Entries with every word come before all others."""
    deep = min(MOST_DEEP, max(AT_LEAST, most * 4 if grouped else most))
    asked = query(look, wished, every=True)
    hits = look.hits(asked, deep, audiences=wished.audiences, latest_first=latest_first) if not wished.question else []
    complete = len(hits)
    if len(hits) < most and len(wished.words) > 1:
        asked = query(look, wished, every=False)
        others = look.hits(asked, deep, audiences=wished.audiences, latest_first=latest_first)
        there = {(address.segment_ord, address.doc) for _, address in hits}
        hits = others if latest_first else [*hits, *(one for one in others if (one[1].segment_ord, one[1].doc) not in there)]
    if not hits and wished.words and not wished.question and joining(look.languages):
        asked = _within(look, wished)
        hits = look.hits(asked, deep, audiences=wished.audiences, latest_first=latest_first)
        complete = len(hits)
    asked = _belonging(look, wished, asked)
    whole = complete > 0
    if not hits:
        return Found([], asked)
    keys, groups = look.values("key", hits), look.values("group", hits)
    scores = [score for score, _ in hits] if latest_first else _ranked(look, wished, hits, complete)
    order = range(len(hits)) if latest_first else sorted(range(len(hits)), key=lambda one: -scores[one])
    if not grouped:
        return Found([Hit(keys[one], float(scores[one]), groups[one] or 0) for one in order][:most], asked, whole)
    together = Counter(groups)
    best: dict[int, Hit] = {}
    for one in order:
        group = groups[one] or 0
        if group not in best:
            best[group] = Hit(keys[one], float(scores[one]), group, together[group] - 1)
    return Found(list(best.values())[:most], asked, whole)


def _ranked(look: Look, wished: Wish, hits: Sequence[tuple[float, object]], complete: int) -> list[float]:
    """The scores after a second look at the first of them, with what standing and freshness add. The first `complete` have every word."""
    scores = np.array([score for score, _ in hits], dtype=np.float64)
    # Of two words, nothing stands near the other where one is missing.
    first = min(len(hits) if wished.question or len(wished.words) > 2 else complete, SECOND_LOOK[wished.question])
    if len(wished.words) > 1 and first > 0:
        # Where no question is asked, nothing but the words that are looked for is looked at.
        only = () if wished.question else tuple(form for forms in wished.words for form in forms)
        whole = Answers(look.texts(hits[:first]), scores[:first].tolist(), size=look.size, frequency=look.frequency, only=only)
        own = scores[:first] + whole.nearness(_beside(wished.words))
        top = float(own.max())
        if wished.question:
            own = top * whole.together(own, wished.words, _small(wished.languages))
        # What had no second look stays behind what had one.
        scores[first:] *= min(1.0, float(own.min()) / max(float(scores[first:].max(initial=0.0)), 1e-9))
        scores[:first] = own
    weights = np.array([weight if weight is not None else 1.0 for weight in look.values("weight", hits)])
    return [float(one) for one in scores * weights]


def _beside(words: Sequence[Forms]) -> list[tuple[Forms, Forms]]:
    """Words of the question that follow each other. Pairs of characters tell by themselves what stands beside what."""
    return [(one, other) for one, other in pairwise(words) if one != other and not analysis.paired(one[0])]


def _small(languages: Sequence[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(analysis.small_terms, languages))
