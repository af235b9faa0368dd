"""What can be told of a text without knowing who wrote it or what for.

Sentence   a piece of a text as it was written, whitespace normalised (`sentences`)
Term       what a word is compared by: its stem, or a pair of characters where no spaces stand between words (`words`)
Language   guessed from script and small words (`languages`)
Phrase     a run of words that carries a meaning and can be a label (`phrases`)
Place      a country, division or city that a text speaks of (`places`)
Name       of an organisation or a person, as far as spelling shows it (`names`)
This room is pure: no tables, no clock, no Django; the same text gives the same answer.
"""
