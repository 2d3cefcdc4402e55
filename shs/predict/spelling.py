"""How far a misspelt word is from the right one."""


def distance(one: str, other: str, most: int) -> int:
    """The edit distance: letters that are wrong, missing, extra or swapped with a neighbour; at most `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def allowance(word: str) -> int:
    """How many letters of `word` may be wrong: none up to three, one up to seven, two beyond."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def nearest(word: str, spellings: dict[str, frozenset[str]]) -> frozenset[str]:
    """What the nearest of `spellings` mean, if one is near enough: of several that are as near, what all of them mean,
    so that of two readings of a misspelt word none is taken. Swapped letters are nearer than wrong ones: "pian" is
    "pain"."""
    most = allowance(word) if len(word) <= 30 else 0
    best: set[frozenset[str]] = set()
    least = (most, True)
    for spelling, meaning in spellings.items() if most else ():
        wrong = distance(word, spelling, min(least[0], allowance(spelling)))
        rank = wrong, sorted(word) != sorted(spelling)
        if wrong > allowance(spelling) or rank > least:
            continue
        if rank < least:
            best.clear()
        least = rank
        best.add(meaning)
    return frozenset.intersection(*best) if best else frozenset()
