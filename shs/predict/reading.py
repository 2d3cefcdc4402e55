"""Reads a patient's text: sentences, clauses and words, in English, Bangla or romanised Bangla."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from shs.predict.letters import english_words, is_bangla, is_bangla_sound, plain, sound, stem

WORD = re.compile(r"\d+(?:[.,]\d+)?y?|[\w\u0980-\u09ff]+")
SENTENCE = re.compile(r"(?<!\d)\.|\.(?!\d)|[!?\n\r\u0964]")
BREAK = re.compile(r"[,;:|()&\u2013\u2014]+(?!\d)|(?<!\d)/|/(?!\d)|\s-+\s")
MOST_WORDS = 400
"""Words of a text that are read; a message of 4,000 letters has about 700, and says what is urgent before that."""

DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")

CANNOT = re.compile(
    r"\b(?:can not|cant|could not|couldnt|(?:not|isnt|wasnt|arent|never) able to|unable to|not capable of|incapable of|"
    r"wont be able to|(?:struggl\w+|fail\w*) to)\b"
)
BREATHLESS = re.compile(r"\b(?:short(?:ness)? (?:of|in|on)|out of) br\w+\b")
LOOSE = re.compile(r"\blose(?= (?:motions?|stools?)\b)")
A_BIT = re.compile(r"\b(?:a|little) bit\b")
YEARS = re.compile(r"(\d)(?= ?(?:years?|yrs?|বছর|bo[cs]h?[oe]r)\b)")
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
COUNTED = {word: str(number) for number, word in enumerate(NUMBERS, start=1)}
BANGLA_COUNTED = ("দুই", "তিন", "চার", "পাঁচ", "ছয়", "সাত", "আট", "নয়", "দশ", "এগারো", "বারো")
BANGLA_NUMBERS = {sound(word): n for n, word in enumerate(BANGLA_COUNTED, start=2) if len(sound(word)) > 2}
"""Sounds of Bangla numbers; ছয় and নয় sound like other words when the y is left out."""
PAUSES = re.compile(r"(?:\s*(?:\.{2,}|\u2026)\s*)+")
ONLY = re.compile(r"\bnothing but\b")
NO_LONGER = re.compile(r"\b(?:no longer|not any ?more|no more)\b")


def _words(text: str) -> frozenset[str]:
    return frozenset(plain(text).split())


def _sounds(text: str) -> frozenset[str]:
    return frozenset(sound(word) for word in plain(text).split())


FILLERS = _words("""
    a an the my his her our their your i im ive me he shes hes she we they it its is are am was were be been being has
    have had having get gets got getting feel feels feeling felt of in on at to for from with by since as if than so
    very too really some any also there this that these those will would could should became become becomes
    please and or
""")
"""English words that do not distinguish phrases; they are ignored in texts and phrases."""

BANGLA_FILLERS = _words("""
    আমার আমি আমাদের আমাকে তার তাঁর ওর এর একটু একটা কিছু আছে আছি হচ্ছে হয় হয়েছে হইছে হইতেছে হয়ে হতে হলো হওয়া লাগছে
    লাগে লাগতেছে করে করছে করতেছে করছি সাথে সঙ্গে থেকে এবং আর ও বা যেন মতো মতন
    hoise hoyse hoitese hocche hosse hoye hoe kortese korse korche lagtese ache shathe sathe
""")
FILLER_SOUNDS = frozenset(sound(word) for word in BANGLA_FILLERS) - {""}

DEGREES = _words("""
    bad severe serious real much more other sudden mild slight little such new kind sort sign signs history of all
    want wants wish trying going gonna about intend planning thinking thoughts thought feelings signs symptoms single
    episode further
""")
"""Words that, like fillers, may stand between a denial and the denied symptom: "no severe chest pain"."""

SAME = {
    word: one
    for one, words in {
        "pain": "hurt hurts hurting ache aches aching",
        "stomach": "tummy belly abdomen abdominal",
        "swelling": "swollen swell swells swelled",
        "foot": "feet",
        "tooth": "teeth",
        "child": "kid kids children",
    }.items()
    for word in _words(words)
} | COUNTED
"""Synonymous words → the word that stands for them."""

PERSONS = _words("i im ive me my myself he she him her his hes shes himself herself") | _sounds(
    "আমি আমার আমাকে আমিই আমারই amr সে তার তাকে ওর ওকে নিজে নিজের নিজেকে নিজেই ছেলে ছেলেটা মেয়ে মেয়েটা স্বামী স্ত্রী"
)
"""Words, and sounds of Bangla words, for the one who writes or whom they care for."""

RELATIVES = _words("""
    wife wifes husband husbands son sons daughter daughters child children baby babys infant newborn toddler father
    fathers mother mothers dad dads mum mom brother sister uncle aunt grandfather grandmother grandma grandpa friend
    neighbour he she him her
""")
BANGLA_RELATIVES = frozenset(
    spelt + ending
    for spelt in _sounds(
        "স্ত্রী বউ স্বামী জামাই ছেলে মেয়ে বাচ্চা বাবু বাবা আব্বা আব্বু মা আম্মু ভাই বোন দাদা দাদি নানা নানি চাচা মামা খালা শাশুড়ি শ্বশুর বন্ধু সে"
    )
    for ending in ("", "r", "er", "ke", "re")
) | _sounds("আম্মা তার তাকে ছেলেটা মেয়েটা বাচ্চাটা")
"""Words, and sounds of Bangla words, for somebody else than whoever writes; আম্মার sounds like আমার."""

ORS = _words("or nor")
BANGLA_ORS = _sounds("বা কিংবা অথবা")
TURNS = _words("but bt however though although yet plus whereas except and now")
BANGLA_TURNS = _sounds("কিন্তু কিন্তূ kinto তবে তবু তবুও অথচ এবং আর এখন")
SHORT_AND = "r"
"""আর, as it is often typed in romanised Bangla; in English texts it is "are"."""
"""Words at which a denial ends: "no fever and chest pain" may well mean that there is chest pain."""

DENIALS = _words(
    "no not without never denies deny denied neither nor none dont doesnt didnt havent hasnt isnt nobody wasnt "
    "arent wont"
)
BANGLA_DENIALS = _sounds("নেই নাই না নি") | {"ny", "nei", "nai"}
ROMAN_DENIALS = _words("na nai nei ney nay noy noi nah ni")
JOINED_DENIAL = re.compile("(.{2,})(নাই|না|নি|nai|na|ni|nei)")
NOT_JOINED = _words("""
    চিনি তিনি যিনি ইনি উনি কিনা কিনি বিনা চেনা কেনা সেনা দেনা খনি ধ্বনি শনি পানি জানি মানি রানি নানি টানি খানা জানা মানা
    দানা আনা টানা পানা ঘানি হাঁপানি ঠিকানা হানি চুলকানি কাঁপুনি খিঁচুনি গোনা সোনা শোনা বোনা
    pani jani mani rani nani tani khana jana mana dana ana tana chini tini kini kina bina hapani thikana sona gona
""")
"""Words that only look as if they ended with "not"."""


class Token(NamedTuple):
    """A word of a text: as written (or as its synonym), its stem, its sound if it may be Bangla, and whether it is a
    filler word or a denial."""

    text: str
    stem: str
    sound: str
    filler: bool
    denies: bool


class Clause(NamedTuple):
    """The words between two breaks, the number of their sentence, and whether "and" joins them to the clause before."""

    tokens: list[Token]
    sentence: int
    is_joined: bool

    @property
    def english(self) -> str:
        """The words in Latin letters as they are written, others as their sound."""
        return " ".join(token.text if not is_bangla(token.text) else token.sound for token in self.tokens)

    @property
    def sounds(self) -> str:
        """The sounds of the words; an English word has none that is Bangla, and stands as it is."""
        return " ".join(token.sound or token.text for token in self.tokens)


class Reading(NamedTuple):
    """A text in clauses. `has_roman`: some words are romanised Bangla; `is_roman`: more than are English."""

    clauses: list[Clause]
    has_roman: bool
    is_roman: bool

    @property
    def personal(self) -> set[int]:
        """The numbers of the sentences that speak of a person."""
        return {
            clause.sentence
            for clause in self.clauses
            if any(token.text in PERSONS or token.sound in PERSONS for token in clause.tokens)
        }


def speaks_of_others(texts: Iterable[str]) -> bool:
    """Whether `texts` name somebody else, so that the age and sex of whoever writes say nothing of who is ill."""
    tokens = [token for text in texts for clause in read(text).clauses for token in clause.tokens]
    return any(token.text in RELATIVES or token.sound in BANGLA_RELATIVES for token in tokens)


def is_english(word: str) -> bool:
    """Whether a plain word is a correctly spelt English one."""
    return word in english_words() or stem(word) in english_words()


def read(text: str) -> Reading:
    """`text` in sentences and clauses; at most MOST_WORDS words in all."""
    text = plain(text).translate(DIGITS)
    text = _in_one_breath(text)
    text = ONLY.sub("only", LOOSE.sub("loose", text))
    text = YEARS.sub(r"\1y", A_BIT.sub("little", text))  # an age is not the value of a measurement
    text = BREATHLESS.sub("breathless", NO_LONGER.sub("not", CANNOT.sub("cannot", text)))
    words = _split(text)
    english = sum(1 for word, _s, _j in words if word and word.isascii() and not word[0].isdigit() and is_english(word))
    roman = sum(1 for word, _s, _j in words if word and _is_roman(word))
    clauses: list[Clause] = []
    tokens: list[Token] = []
    at, joined = 0, False
    for word, sentence, by_and in [*words, ("", -1, False)]:
        if not word and tokens:
            clauses.append(Clause(tokens, at, joined))
            tokens = []
        if not word:
            at, joined = sentence, by_and
        else:
            tokens.append(token(word, is_roman=roman > 0))
    return Reading(clauses, roman > 0, roman > english)


def _in_one_breath(text: str) -> str:
    """`text` without its dots, where they part it into single words: "cant.. finish.. my.. sentence"."""
    pieces = [piece for piece in PAUSES.split(text) if piece]
    return " ".join(pieces) if len(pieces) > 2 and len(text.split()) <= 3 * len(pieces) else text


def _split(text: str) -> list[tuple[str, int, bool]]:
    """The words with the numbers of their sentences; "" where a clause begins, with whether "and" joins it."""
    found: list[tuple[str, int, bool]] = []
    left = MOST_WORDS
    turns = BANGLA_TURNS | {SHORT_AND} if any(_is_roman(word) for word in WORD.findall(text)) else BANGLA_TURNS
    for number, sentence in enumerate(SENTENCE.split(text)):
        for part in BREAK.split(sentence):
            found.append(("", number, False))
            written = WORD.findall(part)[:left]
            for word, following in zip(written, (*written[1:], ""), strict=False):
                left -= 1
                is_turn = word in TURNS or (_is(word, turns) and not _is_no_longer(word, following, found))
                if is_turn and found[-1][0]:
                    found.append(("", number, word in ("and", SHORT_AND) or _is(word, BANGLA_AND)))
                found += [(piece, number, False) for piece in _without_joined_denial(word)]
    return found


BANGLA_AND = _sounds("আর এবং")
ANY_MORE = _sounds("পারছি পারি পারতেছি যেন ইচ্ছা ইচ্ছে ভালো লাভ")
INFINITIVE = re.compile(".{2,}(তে|te)")


def _is_no_longer(word: str, following: str, before: list[tuple[str, int, bool]]) -> bool:
    """Whether আর means "any more" and not "and", by the word that follows: ঘুম থেকে আর উঠতে চাই না. Not after a denial:
    there it begins something new."""
    if sound(word) not in AR or not (INFINITIVE.fullmatch(following) or sound(following) in ANY_MORE):
        return False
    clause = [one for one, _sentence, _by_and in before[_last_break(before) :]]
    return not any(token(one, is_roman=True).denies for one in clause if one)


AR = _sounds("আর") | {SHORT_AND}


def _last_break(words: list[tuple[str, int, bool]]) -> int:
    return max((at for at, (word, _sentence, _by_and) in enumerate(words) if not word), default=0)


def _is(word: str, sounds: frozenset[str]) -> bool:
    """Whether a word in Bangla letters, or one that is not English, has one of the sounds."""
    return (is_bangla(word) or not is_english(word)) and sound(word) in sounds


def _is_roman(word: str) -> bool:
    return (
        word.isascii() and len(word) > 1 and word[0].isalpha() and not is_english(word) and is_bangla_sound(sound(word))
    )


def _without_joined_denial(word: str) -> list[str]:
    """পারছিনা → পারছি না, hoyni → hoy ni."""
    match = JOINED_DENIAL.fullmatch(word)
    if match is None or word in NOT_JOINED or is_english(word):
        return [word]
    verb, denial = match.groups()
    if is_bangla(word):
        return [verb, denial] if re.search("[\u09df\u09af\u09c7\u09bf\u0987]\u09bc?$", verb) else [word]
    return [verb, denial] if is_bangla_sound(sound(verb)) and verb[-1] in "eiy" else [word]


@lru_cache(maxsize=16384)
def token(word: str, *, is_roman: bool) -> Token:
    """One plain word. In a text with romanised Bangla, each word in Latin letters may be romanised."""
    if is_bangla(word):
        spelt = sound(word)
        return Token(word, stem(word), spelt, word in BANGLA_FILLERS, spelt in BANGLA_DENIALS)
    if not (is_roman and word == "ache"):  # there it is আছে
        word = SAME.get(word, word)
    english = is_english(word) or not word.isascii()
    spelt = "" if english and not is_roman else sound(word)
    filler = word in FILLERS or (is_roman and not english and spelt in FILLER_SOUNDS)
    return Token(word, stem(word), spelt, filler, word in DENIALS or (word in ROMAN_DENIALS and not english))


def clauses(text: str) -> list[list[Token]]:
    """The words of `text`, split into clauses."""
    return [clause.tokens for clause in read(text).clauses]
