"""The page that shows what merging two rows of one person would do, and asks a second person to confirm it."""

from typing import NamedTuple

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.admin.addresses import page_of
from shs.core.admin.base import ScreenBase
from shs.core.admin.masks import masked_email
from shs.core.admin.pages import Page
from shs.core.caller import Member
from shs.core.dates import show_date
from shs.core.errors import Refused, refusal_for
from shs.core.labels import Label
from shs.core.phones import mask_phone
from shs.core.reads.log import log_reads
from shs.core.reads.models import ReadLog
from shs.users import apart, contacts, merge_preview, merges
from shs.users.admin.merging_forms import ChoicesForm, KeptForm
from shs.users.models import PersonIdentifier, User, UserProfile
from shs.users.requests import UserRequest


class Fact(NamedTuple):
    """A line of the table in which two people stand side by side."""

    label: Label
    first: Label
    second: Label

    @property
    def differs(self) -> bool:
        return str(self.first) != str(self.second)


LABELS = [
    _("Patient number"),
    _("Name"),
    _("Name in Bangla"),
    _("Date of birth"),
    _("Sex"),
    _("Phone"),
    _("Identity numbers"),
    _("Father, mother, husband or wife"),
    _("Address"),
    _("Login"),
    _("Registered"),
    _("Visits"),
]
"""What two people are compared by, in the order of the table."""


def compared(viewer: Member, first: User, second: User) -> list[Fact]:
    """What tells two people apart, or shows that they are one: contact details are masked."""
    now = timezone.now()
    today = timezone.localdate(now)
    profiles = {
        row.user_id: row
        for row in UserProfile.objects.unrestricted("of two people whom the viewer may merge").filter(
            user__in=[first.pk, second.pk]
        )
    }
    phones = contacts.numbers_of([first.pk, second.pk])
    numbers = (
        PersonIdentifier.objects.unrestricted("masked, of two people whom the viewer may merge")
        .live()
        .filter(person__in=[first.pk, second.pk])
        .order_by("system", "pk")
    )
    held: dict[int, list[str]] = {}
    for row in numbers:
        held.setdefault(row.person_id, []).append(f"{row.get_system_display()}: {row.masked}")
    more = apart.further(viewer, [first.pk, second.pk], now)

    def of(one: User) -> list[Label]:
        profile = profiles.get(one.pk) or UserProfile(user=one)
        return [
            one.patient_number,
            one.name,
            one.name_bn,
            " · ".join(filter(None, [profile.shown_birth, profile.shown_age(today)])),
            profile.get_gender_display(),
            mask_phone(phones.get(one.pk, "")),
            ", ".join(held.get(one.pk, ())),
            ", ".join(filter(None, [profile.father_name, profile.mother_name, profile.spouse_name])),
            ", ".join(filter(None, [profile.address, profile.upazila, profile.district])),
            masked_email(one.email) or _("none"),
            show_date(timezone.localdate(one.created_at)),
            more.get(one.pk, ""),
        ]

    lines = [Fact(*line) for line in zip(LABELS, of(first), of(second), strict=True)]
    return [line for line in lines if line.first or line.second]


def note_compared(viewer: Member, *people: User) -> None:
    """Write to the read log whose details were shown side by side."""
    rows = [(one.pk, [one.pk], ReadLog.Basis.DUTY) for one in people]
    log_reads(viewer, what="contact details", rows=rows, note="compared")


def merge_url(dropped: User, *, into: User | None = None) -> str:
    """The page that shows what merging `dropped` would do."""
    url = reverse("admin:users_user_merge", args=(dropped.pk,))
    return f"{url}?into={into.patient_number}" if into else url


class PersonMergingPages(ScreenBase):
    """For the screen of people: the page that merges one into another."""

    pages = [Page("<path:object_id>/merge/", "merge_view", "merge", needs="merge", read_as="contact details")]

    def merge_view(self, request: UserRequest, person: User) -> HttpResponse:
        """What merging `person` into the one of `?into=` would re-link, and what differs; POST asks for it."""
        typed = request.GET.get("into", "")
        people = User.objects.allowed(request.user, "merge")
        kept = people.with_number(typed).first() if typed else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge two patient numbers"),
            "person": person,
            "kept": kept,
            "opts": self.opts,
            "original": person,
            "back": self.url_of(person),
        }
        if kept is None:
            form = KeptForm(request.GET if typed else None)
            if typed and form.is_valid():
                form.add_error("into", _("There is no such patient number, or you may not merge it."))
            return TemplateResponse(request, "admin/users/merge.html", {**context, "form": form})
        shown = merge_preview.preview(kept, person, timezone.now())
        merging = ChoicesForm(request.POST if request.method == "POST" else None, shown.questions)
        if request.method == "POST" and merging.is_valid():
            answer = self._ask(request, kept, person, merging)
            if answer is not None:
                return answer
        note_compared(request.user, kept, person)
        context |= {
            "form": merging,
            "preview": shown,
            "obstacles": [(one.sentence, page_of(one.row) if one.row else "") for one in shown.obstacles],
            "facts": compared(request.user, kept, person),
            "swap": f"{reverse('admin:users_user_merge', args=(kept.pk,))}?into={person.patient_number}",
        }
        return TemplateResponse(request, "admin/users/merge.html", context)

    def _ask(self, request: UserRequest, kept: User, dropped: User, form: ChoicesForm) -> HttpResponse | None:
        try:
            asked = merges.ask(
                kept=kept,
                dropped=dropped,
                choices=form.chosen(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=timezone.now(),
            )
        except (IntegrityError, Refused) as error:
            refusal = error if isinstance(error, Refused) else refusal_for(error)
            if refusal is None:
                raise
            form.add_error(None, str(refusal.detail))
            return None
        messages.success(request, _("Asked. Nothing is merged until somebody else has confirmed it."))
        return HttpResponseRedirect(reverse("admin:users_personmerge_change", args=(asked.pk,)))
