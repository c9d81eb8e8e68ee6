"""A toy vocabulary in three languages, and sentences in it, for the small models that translate.

A sentence is translated word by word. One word has two senses: ``bank`` is that of a river
where the background speaks of water.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

_TABLE = """
    the der le
    a ein un
    captain kapitän capitaine
    doctor arzt médecin
    sister schwester sœur
    stranger fremder inconnu
    boat boot bateau
    house haus maison
    letter brief lettre
    window fenster fenêtre
    winter winter hiver
    night nacht nuit
    river fluss fleuve
    water wasser eau
    money geld argent
    bank bank banque
    sees sieht voit
    finds findet trouve
    writes schreibt écrit
    opens öffnet ouvre
    waits wartet attend
    sleeps schläft dort
    old alt vieux
    red rot rouge
    quiet ruhig calme
    cold kalt froid
    here hier ici
    never nie jamais
    today heute aujourd'hui
    and und et
    no nein non
    yes ja oui
"""
ENGLISH_TO: dict[str, dict[str, str]] = {"de": {}, "fr": {}}
for _row in _TABLE.strip().splitlines():
    _english, _german, _french = _row.split()
    ENGLISH_TO["de"][_english] = _german
    ENGLISH_TO["fr"][_english] = _french
WORDS = tuple(ENGLISH_TO["de"])

BANK, WET = "bank", ("river", "water", "boat")
SHORE = {"de": "ufer", "fr": "rive"}
"""What ``bank`` is where the background holds one of ``WET``."""

PUNCTUATION = (".", "?", "!", ",")
LONGEST = 8  # words


def sentence(rng: random.Random, longest: int = LONGEST) -> str:
    """Words at random, with a mark at the end of most."""
    words = rng.choices(WORDS, k=rng.randint(1, longest))
    return " ".join(words) + rng.choice(("", *PUNCTUATION[:3]))


def translation(text: str, target: str, background: Sequence[str] = ()) -> str:
    """What ``text`` is in the language ``target`` ("de" or "fr"), said after ``background``."""
    mark = text[-1] if text[-1:] in PUNCTUATION else ""
    words = text.removesuffix(mark).split()
    known = dict(ENGLISH_TO[target])
    if any(word.strip("".join(PUNCTUATION)) in WET for line in background for word in line.split()):
        known[BANK] = SHORE[target]
    return " ".join(known[word] for word in words) + mark
