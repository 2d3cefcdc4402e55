"""One form for the three ways of writing: English, Bangla, and Bangla in Latin letters ("romanised").

Bangla and romanised words are compared by their *sound*, a short spelling in Latin letters: ব্যথা, betha and byatha are
all "beta"; জ্বর, jor and jhor are all "jr". The sound leaves out what people write differently: aspiration (k/kh),
v/bh, doubled letters, and an o that is not the first letter.
"""

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

JOINERS = re.compile("['\u2018\u2019`\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
"""Apostrophes, and characters that nobody sees: joiners, soft hyphens, marks of direction."""
ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
ENGLISH_FILE = Path(__file__).with_name("english.txt")
BANGLA_FILE = Path(__file__).with_name("bangla.txt")

CONSONANTS = dict(
    zip(
        "কখগঘঙচছজঝঞটঠডঢণতথদধনপফবভমযরলশষসহড়ঢ়য়ৎং".replace("ড়", "\u09dc").replace("ঢ়", "\u09dd").replace("য়", "\u09df"),
        ["k", "k", "g", "g", "ng", "c", "c", "j", "j", "n", "t", "t", "d", "d", "n", "t", "t", "d", "d", "n", "p", "p",
         "b", "b", "m", "j", "r", "l", "s", "s", "s", "h", "r", "r", "y", "t", "ng"],
        strict=True,
    )
)  # fmt: skip
VOWELS = {
    **dict.fromkeys("আা", "a"),
    **dict.fromkeys("ইঈিী", "i"),
    **dict.fromkeys("উঊুূ", "u"),
    **dict.fromkeys("এে", "e"),
    **dict.fromkeys("অওো", "o"),
    **dict.fromkeys("ঋৃ", "ri"),
    **dict.fromkeys("ঐৈ", "oi"),
    **dict.fromkeys("ঔৌ", "ou"),
}
NUKTA = {"\u09a1\u09bc": "\u09dc", "\u09a2\u09bc": "\u09dd", "\u09af\u09bc": "\u09df"}
HASANTA = "\u09cd"

SPOKEN = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        ("\u09beইঙ্গা$", "\u09c7ঙ\u09c7"),
        ("\u09be\u0981?ই([ক-নপ-ভমরলশ-হ\u09dc])\u09be$", "\u09c7\\1\u09c7"),
        ("(?<=[ক-হ\u09dc\u09c1উ\u0981])ই([ক-নপ-ভমরলশ-হ\u09dc])\u09be$", "\\1\u09c7"),
    )
)
"""Verbs as they are spoken in much of the country, and as they are written: কাইটা for কেটে, ধইরা for ধরে, ফুইলা for ফুলে."""

ROMAN = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"[^a-z]", ""),
        (r"chh?", "c"),
        (r"ck|c(?=[klt])", "k"),
        (r"s[bw]h?(?=a)|[sz]?sh[bw]?(?=a)", "s"),
        (r"[sz]?sh", "s"),
        (r"([kgjtdpb])h", r"\1"),
        (r"ph|f", "p"),
        (r"v", "b"),
        (r"q", "k"),
        (r"x", "ks"),
        (r"z", "j"),
        (r"jwa|jb(?=o)", "j"),
        (r"ai([bcdgjklmnprt]h?h?)a$", r"e\1e"),  # kaita, spoken for kete; dhoira for dhore
        (r"(?<=[bcdghjklmnprst])oi([bcdgjklmnprt]h?h?)a$", r"o\1e"),
        (r"ui([bcdgjklmnprt]h?h?)a$", r"u\1e"),
        (r"gy", "g"),
        (r"([bcdjklmnprst])y(a|(?=[^aeiouy]))", r"\1e"),
        (r"ee", "i"),
        (r"oo", "u"),
        (r"(?<=[aeiou])w(?=[aeiou])", ""),
        (r"w", "b"),
        (r"(?<=[aeiou])y(?=[aeiou])", ""),
        (r"(?<=.)y$", ""),
        (r"(?<=[a-z])h(?![aeiou])", ""),
        (r"(.)\1+", r"\1"),
        (r"(?<=.)y", "i"),
    )
)

SHORTEST = 3
"""How many letters of a sound must stay when an ending is cut; one less for "e" and "er"."""

OF_VERBS = """
    tecilen tecilm tecile tecilo cilam cilen tecen tesen tacen tasen tecil cilm teci tece tesi tese taci tace tasi tase
    tici ticen ecilm ecilen ecile ecil isil icil ecen esen eci ece esi ese isi ise ici ice ile ila len lam be ben ci ce
    cen si se sen te tei il le ia en
"""
OF_NOUNS = "gulor guler gula guli der era tar ter tir tuku ta ti er ke r e i"
OF_ROOTS = "a ae ai ate aia aei b bi bar l lm lo te to t tam ta e i ne no an ano"
"""More endings that may follow the root of a verb, in sounds."""
ENDINGS = tuple(sorted([*OF_VERBS.split(), *OF_NOUNS.split()], key=lambda ending: (-len(ending), ending)))
"""Endings of sounds, the longest first."""


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    """`text` normalised for comparison: NFKC, lower case, without apostrophes, joiners, accents and stretched words."""
    text = JOINERS.sub("", unicodedata.normalize("NFKC", text).casefold())
    text = ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return STRETCHED.sub(r"\1\1", unicodedata.normalize("NFC", text))


def is_bangla(text: str) -> bool:
    """Whether some of `text` is in Bangla letters."""
    return any("\u0980" <= letter <= "\u09ff" for letter in text)


@lru_cache(maxsize=16384)
def sound(word: str) -> str:
    """The sound of one plain word in Bangla letters, or of one romanised word: "" where it has no letters."""
    if word.isdigit():
        return word
    spelt = _of_bangla(word) if is_bangla(word) else _of_roman(word)
    return spelt[:1] + spelt[1:].replace("o", "")  # the first o tells অজ্ঞান (unconscious) from জ্ঞান


def _of_bangla(word: str) -> str:
    for two, one in NUKTA.items():
        word = word.replace(two, one)
    word = word.replace("জ্ঞ", "গ").replace("ক্ষ", "ক").replace("হ্য", "জ")
    word = re.sub(f"(?<=[শসজদ]){HASANTA}ব", "", word)  # the ব of শ্বাস and জ্বর is not spoken
    word = re.sub(f"{HASANTA}য\u09be?", "ে", word)  # ব্যথা and ব্যাথা: betha
    word = re.sub("\u09df(?=[ক-হ])", "ই", word)  # পায়খানা: paikhana
    for pattern, to in SPOKEN:
        word = pattern.sub(to, word)
    spelt, is_joined = "", False
    for letter in word:
        part = CONSONANTS.get(letter) or VOWELS.get(letter, "") or (letter if letter.isdigit() else "")
        if part == "y":
            part = ""  # between vowels it is hardly heard, and left out or written as y, e or w
        if not (spelt.endswith(part) and (is_joined or part in "aeiou")):
            spelt += part
        is_joined = letter in (HASANTA, "\u0983", "\u0981")
    return spelt


def _of_roman(word: str) -> str:
    for pattern, to in ROMAN:
        word = pattern.sub(to, word)
    return word


ENGLISH_ENDINGS = {"ing": 4, "ed": 4, "es": 4, "s": 3, "e": 4, "y": 4}
"""English endings, each with how many letters must stay."""


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A plain word without its ending: vomiting → vomit, runny → runn, জ্বরের → the stem of its sound. The text and the
    phrases are both stemmed, so it does not matter that a stem is often not a word."""
    if is_bangla(word):
        return sound_stem(sound(word))
    for end, least in ENGLISH_ENDINGS.items():
        if word.endswith(end) and len(word) - len(end) >= least and not word.endswith("ss"):
            return word.removesuffix(end)
    return word


WHOLE = re.compile(r"(d[ao]kt[ae]?r)\w*")
"""ডাক্তার is no form of ডাক, to call."""


@lru_cache(maxsize=16384)
def sound_stem(spelt: str) -> str:
    """A sound without Bangla endings: buker, buke, bukta → buk; parci, parce → par."""
    if whole := WHOLE.fullmatch(spelt):
        return whole[1]
    while True:
        for end in ENDINGS:
            if spelt.endswith(end) and len(spelt) - len(end) >= (SHORTEST - 1 if end in ("e", "er") else SHORTEST):
                spelt = spelt.removesuffix(end)
                break
        else:
            return spelt


@lru_cache(maxsize=1024)
def forms(root: str) -> frozenset[str]:
    """The sounds, without Bangla endings, of the forms of a verb by its root: পড় for পড়ে, পড়ছে, পড়তেছে, পড়লো, পইড়া."""
    return frozenset(sound_stem(sound(plain(root)) + ending) for ending in ("", *OF_VERBS.split(), *OF_ROOTS.split()))


@cache
def english_words() -> frozenset[str]:
    """English words, and their stems, that are spelt correctly and are therefore never read as another word."""
    words = ENGLISH_FILE.read_text(encoding="utf-8").split()
    return frozenset(words) | frozenset(map(stem, words))


@cache
def bangla_sounds() -> frozenset[str]:
    """The sounds of everyday Bangla words, which are therefore never read as another word."""
    sounds = {sound(plain(word)) for word in BANGLA_FILE.read_text(encoding="utf-8").split()} - {""}
    return frozenset(sounds) | frozenset(map(sound_stem, sounds))


def is_bangla_sound(spelt: str) -> bool:
    """Whether a sound is that of an everyday Bangla word."""
    return spelt in bangla_sounds() or sound_stem(spelt) in bangla_sounds()
