"""People who may be the one whom a desk is about to register: same phone, or a similar name and about the same age. The
one place where possible doubles are looked for."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from shs.appointment.models import HOLDING, Appointment
from shs.core.ages import read_birth
from shs.core.dates import show_date
from shs.core.digits import latin_digits
from shs.core.labels import Label
from shs.core.names import initials, words
from shs.core.phones import clean_phone, mask_phone
from shs.core.reads.log import log_reads
from shs.core.reads.models import ReadLog
from shs.core.records.first_found import FirstFound
from shs.users.models import ContactPoint, User, UserProfile
from shs.users.pairs import YEARS_APART

MOST = 6
MOST_ON_A_PHONE = 20
MOST_ALIKE = 50
"""Of so many with a like name, the newest are shown."""
LEAST_LETTERS = 3
HOUR_SECONDS = 3600
MOST_NOTED = 500

THIS_NUMBER, THIS_ADDRESS = gettext_lazy("this number"), gettext_lazy("this e-mail address")
SAME_PHONE, LIKE_NAME = gettext_lazy("same phone"), gettext_lazy("similar name")


class Double(NamedTuple):
    """Somebody who may be meant, and `why`. Of people whom the desk does not know yet, `name` is only the initials."""

    person: User
    name: str
    facts: str
    why: Label


def doubles(user: User, *, name: str, phone: str, birth: str, now: datetime) -> list[Double]:
    """At most MOST people who may be meant by what is typed so far, the likeliest first: by a whole patient number,
    phone or e-mail address anybody, because who types it knows it; by a like name those whom `user` may recognise. What
    is shown, and why, is written to the read log, once an hour for each person."""
    whys = _exactly(name, phone)
    rows = User.objects.unrestricted("who types the whole number or address knows it").patients()
    whys |= {pk: why for pk, why in _by_name(user, name, birth, now).items() if pk not in whys}
    people = {person.pk: person for person in rows.filter(pk__in=whys).select_related("profile")}
    found = [people[pk] for pk in whys if pk in people][:MOST]
    keys = [person.pk for person in found]
    known = set(User.objects.allowed(user, "recognise").filter(pk__in=keys).values_list("pk", flat=True))
    facts = _facts(user, found, known, now)
    _note(user, [(pk, whys[pk]) for pk in keys])
    return [
        Double(one, one.name if one.pk in known else initials(one.name), facts[one.pk], whys[one.pk]) for one in found
    ]


def _exactly(name: str, phone: str) -> dict[int, Label]:
    """The keys of those who have exactly this address, number or phone; the number and the phone may stand in the field
    of the name, which a scanner of cards writes into."""
    if "@" in name:
        rows = User.objects.unrestricted("who types the whole address knows it").by_email(name.strip()).confirmed()
        return dict.fromkeys(rows.values_list("pk", flat=True), THIS_ADDRESS)
    found: dict[int, Label] = {}
    numbered = User.objects.unrestricted("who types the whole number knows it").with_number(name)
    found.update(dict.fromkeys(numbered.values_list("pk", flat=True), THIS_NUMBER))
    texts = (phone, name) if any(letter.isdigit() for letter in latin_digits(name)) else (phone,)
    for text in texts:
        for pk in _of_phone(text):
            found.setdefault(pk, SAME_PHONE)
    return found


def _of_phone(text: str) -> list[int]:
    try:
        number = clean_phone(text)
    except ValidationError:
        return []
    points = ContactPoint.objects.of_phone(number).order_by("-person")
    return list(points.values_list("person", flat=True)[:MOST_ON_A_PHONE])


def _by_name(user: User, name: str, birth: str, now: datetime) -> dict[int, Label]:
    """Those whom `user` may recognise with a name that is heard alike, or else misspelt by a letter, and, once an age
    or date of birth is typed, born in a year at most YEARS_APART from it, or nobody knows when."""
    if sum(letter.isalpha() for letter in name) < LEAST_LETTERS or "@" in name or not words(name):
        return {}
    rows = User.objects.allowed(user, "recognise").patients()
    try:
        year = read_birth(birth, timezone.localdate(now)).day.year
    except ValidationError:
        year = None
    if year is not None:
        years = (date(max(year - YEARS_APART, 1), 1, 1), date(year + YEARS_APART, 12, 31))
        rows = rows.filter(Q(profile__date_of_birth__range=years) | Q(profile__date_of_birth__isnull=True))
    for alike in (Q(heard__sounds=name), Q(heard__nearly=name)):
        first = FirstFound(rows.filter(alike).order_by().values("pk"), most=MOST_ALIKE)
        if found := list(rows.filter(pk__in=first).order_by("-pk").values_list("pk", flat=True)[:MOST]):
            return dict.fromkeys(found, LIKE_NAME)
    return {}


def _facts(user: User, people: Iterable[User], known: set[int], now: datetime) -> dict[int, str]:
    """What tells people apart: age and sex; of `known` ones also the phone's end, the last visit that `user` may see,
    and the patient number."""
    today = timezone.localdate(now)
    phones = ContactPoint.objects.numbers(known)
    visits = Appointment.objects.allowed(user, "view").filter(patient__in=known, starts_at__lt=now, status__in=HOLDING)
    last = dict(visits.order_by().values_list("patient").annotate(last=Max("starts_at")))
    found = {}
    for person in people:
        profile: UserProfile | None = getattr(person, "profile", None)
        parts = [profile.shown_age(today), str(profile.get_gender_display())] if profile else []
        if person.pk in known:
            seen = last.get(person.pk)
            parts += [
                mask_phone(phones.get(person.pk, "")),
                _("last visit %(date)s") % {"date": show_date(timezone.localdate(seen))} if seen else "",
                person.patient_number,
            ]
        else:
            parts.append(_("not a patient of your clinic yet"))
        found[person.pk] = " · ".join(filter(None, parts))
    return found


def _note(user: User, shown: list[tuple[int, Label]]) -> None:
    """Write to the read log what was shown and why; while somebody types the same people are shown again and again."""
    key = f"doubles:{user.pk}"
    noted: list[int] = cache.get(key, [])
    new = [(pk, why) for pk, why in shown if pk not in noted]
    if not new:
        return
    cache.set(key, [*noted, *(pk for pk, _why in new)][-MOST_NOTED:], HOUR_SECONDS)
    with override("en"):  # the log is kept in one language
        for why in dict.fromkeys(str(why) for _pk, why in new):
            rows = [(pk, [pk], ReadLog.Basis.DUTY) for pk, each in new if str(each) == why]
            log_reads(user, what="possible doubles", rows=rows, note=why)
