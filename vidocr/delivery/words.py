"""Small words, by which a good place to break a line is known."""

from __future__ import annotations

_JOINERS = {
    "de": "aber als am an auf aus bei bis damit dass denn durch für gegen im in mit nach ob oder "
    "ohne seit sondern um und unter von vor weil wenn wie zu zum zur zwischen über",
    "en": "about after and as at because before but by for from if in into like of on or since so "
    "than that then though to until when where which while who with without",
    "es": "a al con cuando de del desde donde e en entre hasta ni o para pero por porque que si "
    "sin sino sobre y",
    "fr": "avec car chez comme dans de des donc du en et mais ni ou où par parce pour quand que "
    "qui sans si sous sur vers à",
    "it": "a al alla che come con da dal dalla del della di dove e in ma nel nella o per perché "
    "quando se senza su tra",
    "nl": "aan als bij dan dat die door en in maar met naar of om omdat op over te toen tot uit "
    "van voor wanneer want zonder",
    "pt": "a ao com como da de do e em mas na nem no o ou para pela pelo por porque quando que se "
    "sem sobre",
}
"""Words that a line may well begin with and should not end with."""

_LEADERS = {
    "de": "das dein deine dem den der des die dr. ein eine einem einen einer euer frau herr ihr "
    "ihre kein keine mein meine prof. sein seine unser unsere",
    "en": "a an dr. he her his i it its mr. mrs. ms. my our prof. she st. the their these they "
    "this those we your",
    "es": "dr. el la las lo los mi mis sr. sra. su sus tu tus un una unas unos",
    "fr": "ce cet cette je l la le les leur m. ma mes mlle mme mon nos notre sa ses son ta tes "
    "ton tu un une",
    "it": "dott. gli i il la le lo mia mio sig. sua suo tua tuo un una uno",
    "nl": "de dhr. een haar het hun ik je jouw mijn ons onze uw zijn",
    "pt": "a as dr. meu minha o os seu sr. sra. sua teu tua um uma umas uns",
}
"""Words that belong to the one after them: a line should not end with them."""

_Table = dict[str, frozenset[str]]
_NONE: frozenset[str] = frozenset()


def _table(words: dict[str, str]) -> _Table:
    return {language: frozenset(each.split()) for language, each in words.items()}


_TABLES = (_table(_JOINERS), _table(_LEADERS))


def joiners_and_leaders(language: str | None) -> tuple[frozenset[str], frozenset[str]]:
    """The small words of a language in lower case; none where it is not known.

    Args:
        language: A code of BCP 47.

    Returns:
        Those that begin a phrase, as conjunctions, and those that belong to the word after them, as
        articles.
    """
    code = (language or "").split("-")[0]
    joiners, leaders = (table.get(code, _NONE) for table in _TABLES)
    return joiners, leaders
