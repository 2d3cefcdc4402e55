"""Whether what a clause names is denied: "no chest pain", "জ্বর নেই", "buke betha nai".

If it is unclear whether something is denied, it counts as reported: a false alarm is safer than a miss.
"""

from shs.predict.letters import plain, sound
from shs.predict.reading import BANGLA_ORS, DEGREES, DENIALS, ORS, Clause, Reading, Token

HELPERS = frozenset(
    sound(word)
    for word in plain(
        "হয় হচ্ছে ছিল আছে হয়েছে হই করছে করে করি লাগে লাগছে কোনো কোন কিছু কিছুই তেমন খুব একটুও মোটেও আর "
        "অসুবিধা সমস্যা সমস্যাও কষ্ট চিন্তা কখনো কখনোই কখনও একদম একদমই ভাব করার টর টোর দিন মোটেই "
        "hoise hocche hosse hoy hoi kono kisu kichu kichui osubidha somossa shomossha problem "
        "dey dei jay jai khay khai nore"
    ).split()
)
"""Bangla words that may stand between the thing and its denial."""

VERBS = frozenset(sound(word) for word in plain("দেয় যায় খায় খাই গেছে করেছে দিয়েছে যায় লাগে লাগ কামড়ায়").split())

NO_DENIALS = frozenset(["only", "sure", "doubt", "longer", "relief", "idea", "one", "improvement", "better"])
"""After these "no" and "not" deny nothing that follows: "not only fever", "not sure if …"."""

GONE = frozenset(["gone", "absent", "negative", "none"])

TO, FAR = frozenset([sound("তো")]), frozenset([sound(plain("দূর")), sound(plain("দূরের"))])
"""রক্ত তো দূরের কথা: let alone blood."""

TROUBLES = frozenset(["trouble", "problem", "difficulty", "issue", "pain"])
BANGLA_TROUBLES = frozenset(sound(word) for word in plain("কষ্ট সমস্যা অসুবিধা অসুবিধে সমস্যাও problem").split())
ABLE = sound("পার")


def is_split(tokens: list[Token], first: int, last: int, wanted: set[int], *, is_denial: bool) -> bool:
    """Of the words `first` to `last`: whether a denial is between the words of a phrase that contains none: "blood not
    vomited" is no vomited blood. Of a phrase that contains one (`is_denial`): whether it denies a trouble: "no problem
    with breathing" is not "not breathing". `wanted` are the places of the phrase's own words."""
    if is_denial:
        around = [token for at, token in enumerate(tokens[first : last + 2], start=first) if at not in wanted]
        return any(token.text in TROUBLES or token.sound in BANGLA_TROUBLES for token in around)
    return any(token.denies for at, token in enumerate(tokens[first : last + 1], start=first) if at not in wanted)


def is_denied(clause: Clause, first: int, last: int) -> bool:
    """Whether the words `first` to `last` of a clause are denied: a denial precedes them with nothing but fillers or
    other things joined by "or" between, or in Bangla follows them."""
    tokens = clause.tokens
    return _is_denied_after(tokens, first, last) or _is_denied_before(tokens, first)


def _is_denied_before(tokens: list[Token], first: int) -> bool:
    at = first - 1
    while at >= 0 and (tokens[at].filler or tokens[at].text in DEGREES) and not _is_or(tokens[at]):
        at -= 1
    if at >= 0 and _is_or(tokens[at]):
        at = next((back for back in range(at - 1, max(-1, at - 6), -1) if tokens[back].text in DENIALS), -1)
    if at < 0 or tokens[at].text not in DENIALS:
        return False  # in Bangla the denial follows
    return tokens[at + 1].text not in NO_DENIALS


def _is_or(token: Token) -> bool:
    return token.text in ORS or (bool(token.sound) and token.sound in BANGLA_ORS)


def _is_denied_after(tokens: list[Token], first: int, last: int) -> bool:
    """ "জ্বর নেই", "জ্বর হয় না"; but in "শ্বাস নিতে পারছি না" it is the denial that is the complaint."""
    if any(token.denies for token in tokens[first : last + 1]) or tokens[last].sound.startswith(ABLE):
        return False
    at = last + 1
    if at < len(tokens) and _is_or(tokens[at]):
        return any(token.denies for token in tokens[at : at + 6])
    while at < len(tokens) and at <= last + 4 and _may_be_between(tokens[at]):
        at += 1
    if at >= len(tokens):
        return False
    if tokens[at].text in GONE:
        return True
    if tokens[at].sound in FAR and tokens[at - 1].sound in TO:
        return True
    return tokens[at].denies and (bool(tokens[at].sound) or not tokens[at].text.isascii() or at == len(tokens) - 1)


def _may_be_between(token: Token) -> bool:
    return not token.denies and (token.filler or token.sound in HELPERS or token.sound in VERBS or token.sound in TO)


def denied_with_the_next(reading: Reading) -> set[int]:
    """The clauses that a list denies as a whole: "no fever, cough or rash", "jor, kashi ba betha nai"."""
    found: set[int] = set()
    for at, clause in enumerate(reading.clauses):
        if not any(_is_or(token) for token in clause.tokens):
            continue
        if clause.tokens[-1].denies and not clause.tokens[-1].text.startswith("no"):
            found |= set(_short_before(reading, at))
        else:
            before = _short_before(reading, at)
            head = before[0] - 1 if before else at - 1
            if head >= 0 and _begins_denied(reading.clauses[head]) and _is_list(clause):
                found |= {*before, at}
    return found


def _short_before(reading: Reading, at: int) -> list[int]:
    """The clauses right before `at`, in its sentence, of a few words without a denial."""
    found: list[int] = []
    for back in range(at - 1, -1, -1):
        clause = reading.clauses[back]
        if clause.sentence != reading.clauses[at].sentence or not _is_list(clause):
            break
        found.insert(0, back)
    return found


def _is_list(clause: Clause) -> bool:
    return len(clause.tokens) <= 4 and not any(token.denies for token in clause.tokens)


def _begins_denied(clause: Clause) -> bool:
    head = next((at for at, token in enumerate(clause.tokens) if not token.filler), None)
    return head is not None and clause.tokens[head].denies and len(clause.tokens) - head <= 4
