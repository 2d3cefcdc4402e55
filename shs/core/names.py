"""Names as they are heard: one form for the ways in which a name is spelt, in Latin and in Bangla letters.

`fold` makes one text of two that look alike. `roman` writes Bangla in Latin letters, as Bangladeshi names are spelt.
`key` is what is heard of a word, its consonants: Rahman, Rohoman, Rehman and রহমান are all "rhmn". `stored` and `asked`
make of a name, and of what somebody looks for, the words that an index of words compares.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

MOST_WORDS = 8
"""Words of a name or of a search that are looked at."""
LONG = 4
"""Keys of fewer consonants have a vowel too; words of fewer letters are never taken for misspelt ones."""

HASANTA, NUKTA = "\u09cd", "\u09bc"
SAME_LETTERS = str.maketrans({"\u09f0": "\u09b0", "\u09f1": "\u09ac"})
"""Assamese letters that keyboards offer beside the Bangla ones."""
ACCENT = re.compile("[\u0300-\u036f]")
WORD = re.compile(r"[\u0980-\u09ff]+|[^\W_\u0980-\u09ff]+")

CONSONANTS = dict(
    zip(
        "কখগঘঙচছজঝঞটঠডঢণতথদধনপফবভমযরলশষসহৎং",
        ["k", "kh", "g", "gh", "ng", "ch", "s", "j", "jh", "n", "t", "th", "d", "dh", "n", "t", "th", "d", "dh", "n",
         "p", "f", "b", "bh", "m", "j", "r", "l", "sh", "sh", "s", "h", "t", "ng"],
        strict=True,
    )
)  # fmt: skip
WITH_DOT = {"ড": "r", "ঢ": "r", "য": "y"}
VOWELS = {
    **dict.fromkeys("অআা", "a"),
    **dict.fromkeys("ইঈিী", "i"),
    **dict.fromkeys("উঊুূ", "u"),
    **dict.fromkeys("এে", "e"),
    **dict.fromkeys("ওো", "o"),
    **dict.fromkeys("ঋৃ", "ri"),
    **dict.fromkeys("ঐৈ", "oi"),
    **dict.fromkeys("ঔৌ", "ow"),
}
SPELT = {
    "ahmed": "আহমেদ আহমদ আহম্মেদ আহাম্মদ",
    "akhtar": "আখতার",
    "akter": "আক্তার আকতার",
    "begum": "বেগম",
    "bhuiyan": "ভূঁইয়া ভূইয়া ভুঁইয়া ভুইয়া",
    "biswas": "বিশ্বাস",
    "chowdhury": "চৌধুরী চৌধুরি চোধুরী",
    "fatema": "ফাতেমা ফাতিমা",
    "haque": "হক",
    "hossain": "হোসেন হোসাইন হোসেইন",
    "howlader": "হাওলাদার",
    "islam": "ইসলাম",
    "jahan": "জাহান",
    "khan": "খান",
    "khatun": "খাতুন",
    "mahmud": "মাহমুদ",
    "mia": "মিয়া মিঞা মিয়াঁ",
    "mohammad": "মোহাম্মদ মোহাম্মাদ মুহাম্মদ মুহাম্মাদ মোহম্মদ",
    "mondal": "মণ্ডল মন্ডল",
    "paul": "পাল",
    "rahman": "রহমান রাহমান",
    "roy": "রায়",
    "sarkar": "সরকার",
    "shah": "শাহ",
    "sheikh": "শেখ শেইখ সেখ",
    "uddin": "উদ্দিন উদ্দীন",
    "yousuf": "ইউসুফ ইউছুফ",
    "zaman": "জামান",
}
"""The usual spelling → Bangla names of which it does not follow letter by letter."""
SHORTENED = {
    "chowdhury": "chy",
    "mohammad": "md mohd muhd মো মোঃ মোহা মোহাঃ মুহা মুহাঃ এমডি",
    "mosammat": "mst msst mosa most mosammot musammat মোছা মোছাঃ মোসা মোসাঃ মোছাম্মৎ মোছাম্মত মোসাম্মৎ মোসাম্মত",
    "sheikh": "sk",
}
"""Word → how it is abbreviated."""
TITLES = "dr doctor prof professor mr mrs ms miss ডা ডাঃ ড ডঃ ডাক্তার ডক্টর অধ্যাপক জনাব"
"""What is said before a name and is no part of it."""

HEARD = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"c(?=[iey])", "s"),
        (r"c(?!h)|q(?:u(?=e))?|kh", "k"),
        (r"chh?", "c"),
        (r"sch|sh", "s"),
        (r"[zj]h|z", "j"),
        (r"ph", "f"),
        (r"bh|v", "b"),
        (r"([gtd])h", r"\1"),
        (r"x", "ks"),
        (r"oo", "u"),
        (r"ee", "i"),
        (r"(.)\1+", r"\1"),
        (r"^[iey][aeiouwy]*", "i"),
        (r"^(?:[aou]|w(?=[aeiouy]))[aeiouwy]*", "a"),
        (r"ke$", "k"),
        (r"(?<=.)h+$", ""),
        (r"(?<=.)w", ""),
        (r"(.)\1+", r"\1"),
    )
)
"""What is heard alike, or hardly."""

KEY, LONG_KEY, WITHOUT, KEY_WITHOUT = "qqk", "qql", "qqw", "qqc"
"""Beginnings of stored words that are no words of the name: no name begins so."""


def fold(text: str) -> str:
    """`text` for comparison: NFKC, without case, accents, and characters of no width; all digits Latin; one form for
    letters that look alike, as U+09DF and U+09AF U+09BC."""
    # Again until nothing changes: a letter without its accent may have another case or composition.
    for _round in range(4):
        before, text = text, _folded(text)
        if text == before:
            break
    return text


def _folded(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.lower()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", "".join(map(_plain, text)).translate(SAME_LETTERS))


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    has_no_width = kind == "Cf" or (kind == "Cc" and not letter.isspace())
    return "" if has_no_width or ACCENT.match(letter) else letter


def _by_word(words: dict[str, str]) -> dict[str, str]:
    return {fold(other): word for word, others in words.items() for other in others.split()}


_SPELT = {**_by_word(SPELT), **_by_word(SHORTENED)}
_TITLES = frozenset(fold(TITLES).split())


def words(text: str) -> list[str]:
    """The words of a name in Latin letters, abbreviations written out, without titles unless there is nothing else; at
    most MOST_WORDS."""
    found = WORD.findall(fold(text[:1000]))
    named = [word for word in found if word not in _TITLES] or found
    return [word for word in map(roman, named) if word][:MOST_WORDS]


@lru_cache(maxsize=16384)
def roman(word: str) -> str:
    """A folded word in Latin letters, as Bangladeshi names are spelt: করিম is "karim", চৌধুরী is "chowdhury"; and Md.
    "mohammad". A word in other letters stays."""
    if word in _SPELT:
        return _SPELT[word]
    return _letters(word) if "\u0980" <= word[:1] <= "\u09ff" else word


def _letters(word: str) -> str:
    """A Bangla word letter by letter, with an "a" for the vowel that is spoken between consonants and not written."""
    word = word.replace("জ্ঞ", "গ্য").replace("ক্ষ", "খ").replace("ঞা", "য়া")
    word = re.sub(f"(?<=[শসজদ]){HASANTA}ব", "", word)  # the ব of বিশ্বাস is not spoken
    spelt, is_open = "", False
    for at, letter in enumerate(word):
        part = _consonant(word, at)
        spelt += VOWELS.get(letter) or (f"a{part}" if part and is_open else part)
        if part:
            is_open = letter != "ং"
        elif letter in VOWELS or letter == HASANTA:
            is_open = False
    return f"{spelt}a" if re.search(f"{HASANTA}[ক-হ]$", word) else spelt  # পার্থ: Partha


def _consonant(word: str, at: int) -> str:
    letter = word[at]
    if letter in WITH_DOT and word[at + 1 : at + 2] == NUKTA:
        return "w" if letter == "য" and word[max(at - 1, 0) : at] in ("ও", "ো") else WITH_DOT[letter]  # Anowar
    if letter == "য" and word[max(at - 1, 0) : at] == HASANTA:
        return "y"
    return CONSONANTS.get(letter, "")


@lru_cache(maxsize=16384)
def sound(word: str) -> str:
    """A word in Latin letters as it is heard, with its vowels; all first vowels are "i" or "a"."""
    for pattern, to in HEARD:
        word = pattern.sub(to, word)
    return word


@lru_cache(maxsize=16384)
def key(word: str) -> str:
    """What is heard of a word in Latin letters: its first letter, the consonants, and an "a" at the end, which tells
    Rahima from Rahim. A key of fewer than LONG letters begins with the vowel before the last consonant, "I" (e, i, y)
    or "A", which tells Hossain from Hasan."""
    heard = sound(word)
    consonants = heard[:1] + re.sub("[aeiouy]", "", heard[1:])
    if consonants == "mhmd" and re.search("uda?$", heard):
        consonants = "mhmud"  # Mahmud is not Mohammad
    end = "a" if len(heard) > 1 and heard.endswith("a") else ""
    return consonants + end if len(consonants) >= LONG else _vowel(heard) + consonants + end


def _vowel(heard: str) -> str:
    """The vowel of a short key: that before the last consonant or, of a word such as "roy", the last one."""
    inner = re.search("[aeiouy]+(?=[^aeiouy]+$)", heard[1:].rstrip("aeiouy"))
    last = inner or re.search("[aeiouy]+$", heard[1:])
    return "I" if last and re.search("[eiy]", last[0]) else "A"


def heard_words(text: str) -> list[str]:
    """What is heard of each word of a name, as stored words."""
    return [_key_word(word) for word in words(text) if not word.startswith("qq")]


def _key_word(word: str) -> str:
    heard = key(word)
    return f"{KEY}{heard.lower()}" if heard[0] in "AI" else f"{LONG_KEY}{heard}"


def _nearly(word: str) -> list[str]:
    """Words of which two words share one if they differ by one letter, wrong, missing or extra: as they are heard, or
    by their consonants."""
    found = []
    for begin, text in ((WITHOUT, sound(word)), (KEY_WITHOUT, key(word).lower())):
        if len(text) >= LONG and (begin == WITHOUT or key(word)[0] not in "AI"):
            found += [begin + text, *(begin + text[:at] + text[at + 1 :] for at in range(len(text)))]
    return found


def stored(*names: str) -> str:
    """The words by which somebody of these names is found, for an index of words."""
    found: dict[str, None] = {}
    for word in (word for name in names for word in words(name)):
        found.update(dict.fromkeys([word, _key_word(word), *_nearly(word)]))
    return " ".join(found)


class Term(NamedTuple):
    """A word that a stored text must contain, or of which one of its words begins with it."""

    text: str
    begins: bool = False


def asked(text: str, *, nearly: bool = False) -> list[list[Term]]:
    """For each word of a search, the terms of which a stored text must contain one: the word or its beginning, or what
    is heard of it; with `nearly`, also a word that differs by one letter."""
    return [_terms(word, nearly) for word in words(text) if not word.startswith("qq")]


def _terms(word: str, nearly: bool) -> list[Term]:
    heard = _key_word(word)
    terms = [Term(word, begins=True), Term(heard, begins=heard.startswith(LONG_KEY))]
    return terms + [Term(near) for near in _nearly(word)] if nearly else terms


def initials(name: str) -> str:
    """What names a person to those who may not know them: the first letters of the first three words of a name in any
    script, `A. R.` of Alice Rahman, `র. উ.` of রহিম উদ্দিন; `–` of a name without letters."""
    first = [next((letter for letter in word if letter.isalpha()), "") for word in name.removeprefix("Dr. ").split()]
    return " ".join(f"{letter.upper()}." for letter in [letter for letter in first if letter][:3]) or "–"
