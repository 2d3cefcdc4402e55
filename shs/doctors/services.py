"""What happens to doctors beyond one row."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Avg, Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.due.rows import one_by_one
from shs.core.errors import Invalid, NotFound
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.casework import record_check
from shs.doctors.errors import AlreadyReviewed, LicenceTaken, ProfileExists, ReviewHidden
from shs.doctors.models import (
    DoctorAvailability,
    DoctorDocument,
    DoctorInformation,
    DoctorReview,
    DoctorSpecialization,
    Reason,
    TimeOff,
    Verification,
)
from shs.doctors.models.verification import text_for
from shs.doctors.uploads import checked_upload
from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.notices.services import notice, notify
from shs.users.models import User

MAX_DOCUMENTS = 12
LICENCE = re.compile(r"[A-Z0-9][A-Z0-9/ -]{2,29}", re.ASCII)
LANGUAGE = re.compile(r"[^\W\d_][^|\x00-\x1f]{1,39}")


# --- The profile -----------------------------------------------------------------------------------------------------


def apply(
    *, user: User, specializations: list[str], license_number: str, now: datetime, **fields: Any
) -> DoctorInformation:
    """Open the profile of a doctor, who waits for verification from now on. `specializations` are slugs.

    Raises ProfileExists and LicenceTaken (409), Invalid (422) for an unknown specialization, and for a licence number
    or a language that cannot be one, or a licence that has expired.
    """
    license_number = _licence(license_number)
    _require_ahead(fields.get("license_expires_on"), now)
    fields["languages"] = _languages(fields.get("languages", []))
    with transaction.atomic():
        lock(user)
        if DoctorInformation.objects.filter(user=user).exists():
            raise ProfileExists
        _require_free(license_number)
        doctor = DoctorInformation(user=user, name=user.name, license_number=license_number, **fields)
        doctor.save()
        doctor.specializations.set(_specialties(specializations))
        refresh_derived(doctor)
    return doctor


def change(*, doctor: DoctorInformation, changes: dict[str, Any], now: datetime) -> DoctorInformation:
    """Change what a doctor says of themselves. Another licence, by its number or by its end, or an answer to what was
    asked, puts them (back) into the verification queue. Raises as `apply`."""
    changes = dict(changes)
    slugs = changes.pop("specializations", None)
    if "license_number" in changes:
        changes["license_number"] = _licence(changes["license_number"])
    if "languages" in changes:
        changes["languages"] = _languages(changes["languages"])
    with transaction.atomic():
        lock(doctor)
        licence = changes.get("license_number", doctor.license_number)
        expires_on = changes.get("license_expires_on", doctor.license_expires_on)
        is_renewed = expires_on != doctor.license_expires_on
        is_relicensed = licence != doctor.license_number or is_renewed
        if licence != doctor.license_number:
            _require_free(licence)
        if is_renewed:
            _require_ahead(expires_on, now)
        for name, value in changes.items():
            setattr(doctor, name, value)
        doctor.save()
        if slugs is not None:
            doctor.specializations.set(_specialties(slugs))
        refresh_derived(doctor)
        if is_relicensed and doctor.verification_status in {Verification.APPROVED, Verification.EXPIRED}:
            doctor.resubmit(reason="licence changed", now=now)
        else:
            _answer(doctor, "profile changed", now)
    return doctor


def refresh_derived(doctor: DoctorInformation) -> None:
    """Write again what the doctor's row repeats for search: specializations, languages, words, weekdays."""
    specialties = list(doctor.specializations.order_by("name").values("id", "name", "slug"))
    places = doctor.clinics.values_list("name", flat=True)
    words = [doctor.name, *(row["name"] for row in specialties), doctor.location, *places, doctor.education, doctor.bio]
    DoctorInformation.objects.without_history("these columns only repeat others").filter(pk=doctor.pk).update(
        specialty_cards=specialties,
        language_text="".join(f"|{language.lower()}" for language in doctor.languages) + "|",
        search_text=" ".join(word for word in words if word).lower(),
        weekdays=sum({1 << day for day in doctor.availability.values_list("weekday", flat=True)}),
    )


def refresh_all(doctors: QuerySet[DoctorInformation]) -> None:
    """As `refresh_derived`, for doctors whose specialization or clinic has another name now."""
    for doctor in doctors.iterator():
        refresh_derived(doctor)


def decide(
    *,
    doctor: DoctorInformation,
    decision: str,
    reason: str,
    by: User,
    now: datetime,
    code: str = "",
    checks: dict[str, str] | None = None,
) -> DoctorInformation:
    """Approve or reject an application; the doctor is told by mail. `code` says why in a word, and stands for its text
    where `reason` is empty; `checks` (kind → result) are made first.

    Raises Invalid (422) without a reason to reject, StepRefused (409) where the state does not allow it, ChecksMissing
    (409) where a required check has not passed, AlreadyClaimed (409) while another holds the case, and OwnCase (403).
    """
    reason = reason or text_for(code, doctor.license_number)
    if decision == "reject" and not reason:
        raise Invalid(_("Say why: the doctor is sent this text."), field="reason")
    with transaction.atomic():
        _require_reviewer(doctor, by)
        for kind, result in (checks or {}).items():
            record_check(doctor=doctor, kind=kind, result=result, note=reason, by=by, now=now)
        if decision == "approve":
            doctor.approve(now=now, note=reason)
        else:
            doctor.reject(reason=reason, now=now, code=code)
        tell_decision(doctor)
    return doctor


def ask(*, doctor: DoctorInformation, question: str, by: User, now: datetime, code: str = "") -> None:
    """Ask a doctor for what is missing, by mail. Raises as `decide`."""
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.ask(question=question or text_for(code, doctor.license_number), now=now, code=code)
        tell_decision(doctor)


def suspend(*, doctor: DoctorInformation, reason: str, by: User, now: datetime, code: str = "") -> None:
    """Take a verification back, and tell the doctor by mail. Raises as `decide`."""
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.suspend(reason=reason or text_for(code, doctor.license_number), now=now, code=code)
        tell_decision(doctor)


def renew_licence(*, doctor: DoctorInformation, expires_on: date, by: User, now: datetime) -> None:
    """Write down until when the licence of a verified doctor was extended. Raises Invalid (422) for a day that is over,
    and as `decide`."""
    _require_ahead(expires_on, now)
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.renew(expires_on=expires_on, reason=_("licence valid until %(day)s") % {"day": expires_on})
        doctor.renew_claim(by=by, now=now)


def reopen(*, doctor: DoctorInformation, by: User, now: datetime) -> None:
    """Put a decided case into the queue again, to be verified anew. Raises as `decide`."""
    with transaction.atomic():
        _require_reviewer(doctor, by)
        doctor.resubmit(reason="reopened", now=now)


def expire_licences(*, now: datetime, dry_run: bool = False) -> int:
    """Take the verification back from those whose licence has expired before today, and tell them; how many."""

    def expire(doctor: DoctorInformation) -> None:
        doctor.expire(note=text_for(Reason.EXPIRED, doctor.license_number), now=now)
        tell_decision(doctor)

    lapsed = DoctorInformation.objects.lapsed(timezone.localdate(now))
    return lapsed.count() if dry_run else one_by_one(lapsed, expire)


LICENCE_NOTICE_DAYS = (7, 30, 90)
"""So many days before a licence ends its holder is told."""


def tell_expiring(*, now: datetime, dry_run: bool = False) -> int:
    """Tell verified doctors that their licence ends, once for each of LICENCE_NOTICE_DAYS; how many were told. Who was
    verified late, or a day on which this did not run, is made up for by the nearest of them."""
    today = timezone.localdate(now)
    reach = (today, today + timedelta(days=max(LICENCE_NOTICE_DAYS)))
    ending = DoctorInformation.objects.filter(
        verification_status=Verification.APPROVED, license_expires_on__range=reach
    ).select_related("user")
    told = [_expiring(doctor, today) for doctor in ending]
    known = set(Notice.objects.filter(key__in=[row.key for row in told]).values_list("key", flat=True))
    new = [row for row in told if row.key not in known]
    if new and not dry_run:
        notify(*new)
    return len(new)


def _expiring(doctor: Any, today: date) -> Notice:
    days = (doctor.license_expires_on - today).days
    mark = min(mark for mark in LICENCE_NOTICE_DAYS if days <= mark)
    return notice(
        to=doctor.user,
        kind=Kind.LICENCE_EXPIRING,
        data={"days": days, "expires_on": doctor.license_expires_on},
        about=f"doctor:{doctor.pk}",
        key=f"{doctor.pk}:{doctor.license_expires_on}:{mark}",
    )


def _require_reviewer(doctor: DoctorInformation, by: User) -> None:
    """Lock the case; see DoctorInformation.require_reviewer."""
    lock(doctor)
    doctor.require_reviewer(by)


def tell_decision(doctor: DoctorInformation) -> None:
    """Tell the doctor where the verification stands."""
    is_asked = doctor.verification_status == Verification.NEEDS_INFO
    kind = Kind.VERIFICATION_ASKED if is_asked else Kind.VERIFICATION_DECIDED
    data = {"status": doctor.verification_status, "note": doctor.verification_note}
    notify(notice(to=doctor.user, kind=kind, data=data, about=f"doctor:{doctor.pk}"))


# --- Hours -----------------------------------------------------------------------------------------------------------


def set_hours(*, doctor: DoctorInformation, blocks: list[dict[str, Any]]) -> list[DoctorAvailability]:
    """Replace the weekly working hours. Raises Invalid (422) for blocks that overlap, end before they start, are
    shorter than a visit, or are at a clinic that is not the doctor's; then nothing is changed."""
    clinics = set(doctor.clinics.values_list("pk", flat=True))
    rows = [DoctorAvailability(doctor=doctor, **block) for block in blocks]
    for at, row in enumerate(rows):
        if not row.place(clinics):
            raise Invalid(_("You do not work at this clinic."), field=f"{at}.clinic")
        _require_sane(row, rows[:at], at)
    with transaction.atomic():
        lock(doctor)
        for old in doctor.availability.all():
            old.delete()
        for row in rows:
            row.save()
        refresh_derived(doctor)
    return sorted(rows, key=lambda row: (row.weekday, row.start))


def _require_sane(row: DoctorAvailability, before: list[DoctorAvailability], at: int) -> None:
    if row.end <= row.start:
        raise Invalid(_("Working hours end after they start."), field=f"{at}.end")
    if not row.clocks():
        raise Invalid(_("These hours are shorter than one visit."), field=f"{at}.slot_minutes")
    if any(row.weekday == other.weekday and row.start < other.end and row.end > other.start for other in before):
        raise Invalid(_("These working hours overlap others of the same day."), field=f"{at}.start")


def add_time_off(*, doctor: DoctorInformation, starts_at: datetime, ends_at: datetime, reason: str = "") -> TimeOff:
    """Offer no slots from `starts_at` to `ends_at`; visits that are booked stay until somebody moves them."""
    if ends_at <= starts_at:
        raise Invalid(_("Time off ends after it starts."), field="ends_at")
    return TimeOff.objects.create(doctor=doctor, starts_at=starts_at, ends_at=ends_at, reason=reason)


# --- Documents -------------------------------------------------------------------------------------------------------


def add_document(
    *, doctor: DoctorInformation, kind: str, upload: Any, now: datetime, expires_on: date | None = None
) -> DoctorDocument:
    """Keep a document of the doctor. Raises Invalid (422) for what is not a PDF, JPEG or PNG by its content or is too
    large. A case that waited for the doctor goes back into the queue."""
    content, content_type = checked_upload(upload)
    with transaction.atomic():
        lock(doctor)
        if doctor.documents.count() >= MAX_DOCUMENTS:
            raise Invalid(_("At most %(most)s documents can be kept.") % {"most": MAX_DOCUMENTS}, field="file")
        document = DoctorDocument(
            doctor=doctor,
            kind=kind,
            original_name=(upload.name or "")[-150:],
            content_type=content_type,
            size=content.size,
            expires_on=expires_on,
        )
        document.file.save(upload.name or "document", content, save=False)
        document.save()
        _answer(doctor, "document added", now)
    return document


def _answer(doctor: DoctorInformation, what: str, now: datetime) -> None:
    """A doctor who was asked or rejected has sent something: the case waits for us again."""
    if doctor.verification_status in {Verification.NEEDS_INFO, Verification.REJECTED}:
        doctor.resubmit(reason=what, now=now)


# --- Reviews ---------------------------------------------------------------------------------------------------------


def review(*, doctor: DoctorInformation, patient: User, rating: int, comment: str = "") -> DoctorReview:
    """One patient's rating of a doctor. Whether there was a visit is the caller's question. Raises AlreadyReviewed."""
    with transaction.atomic():
        lock(doctor)
        if DoctorReview.objects.filter(doctor=doctor, patient=patient).exists():
            raise AlreadyReviewed
        row = DoctorReview.objects.create(doctor=doctor, patient=patient, rating=rating, comment=comment)
        refresh_rating(doctor)
    return row


def change_review(
    *, doctor: DoctorInformation, patient: User, rating: int, comment: str = "", now: datetime
) -> DoctorReview:
    """Replace the patient's own review, which stays hidden if it is. Raises NotFound, Muted (403) and ReviewClosed."""
    patient.require_voice(now)
    with transaction.atomic():
        lock(doctor)
        row = _review_of(doctor, patient)
        row.require_open(now)
        row.rating, row.comment = rating, comment
        row.save()
        refresh_rating(doctor)
    return row


def withdraw_review(*, doctor: DoctorInformation, patient: User) -> None:
    """Delete the patient's own review; its history stays. Raises NotFound, and ReviewHidden (409)."""
    with transaction.atomic():
        lock(doctor)
        row = _review_of(doctor, patient)
        if row.is_hidden:
            raise ReviewHidden
        row.delete()
        refresh_rating(doctor)


def hide_review(*, review: DoctorReview, reason: str) -> None:
    """Show a review to nobody, and count it no more; the patient is told why."""
    _moderate(review, review.hide, reason)


def restore_review(*, review: DoctorReview, reason: str) -> None:
    """Show a hidden review again; the patient is told."""
    _moderate(review, review.restore, reason)


def _moderate(review: DoctorReview, take: Callable[..., None], reason: str) -> None:
    with transaction.atomic():
        doctor = DoctorInformation.objects.get(pk=review.doctor_id)
        lock(doctor)  # before the review: always in this order
        take(reason=reason)
        refresh_rating(doctor)
        data = {"review_of": doctor.name, "is_hidden": review.is_hidden, "reason": reason}
        notify(notice(to=review.patient, kind=Kind.MODERATED, data=data, about=f"review:{review.pk}"))


def answer_review(*, review: DoctorReview, text: str, now: datetime) -> DoctorReview:
    """The doctor's answer to a review of them. Raises Muted (403) and AlreadyAnswered (409)."""
    review.doctor.user.require_voice(now)
    with transaction.atomic():
        review.reply(text=text, now=now)
    return review


def breakdown(doctor: DoctorInformation) -> dict[str, int]:
    """How many published reviews of a doctor give each number of stars, from "5" to "1"."""
    rows = DoctorReview.objects.published().filter(doctor=doctor).values_list("rating").order_by()
    found = dict(rows.annotate(count=Count("pk")))
    return {str(stars): found.get(stars, 0) for stars in range(5, 0, -1)}


def _review_of(doctor: DoctorInformation, patient: User) -> DoctorReview:
    row = DoctorReview.objects.filter(doctor=doctor, patient=patient).first()
    if row is None:
        raise NotFound(_("You have not reviewed this doctor."))
    return row


def refresh_rating(doctor: DoctorInformation) -> None:
    """Write the exact average again; the doctor's row is locked, so that two reviews at once are both counted."""
    found = DoctorReview.objects.published().filter(doctor=doctor).aggregate(average=Avg("rating"), count=Count("pk"))
    doctor.rating, doctor.rating_count = round(found["average"] or 0, 2), found["count"]
    save_with_reason(doctor, "reviews changed")


# --- Small questions -------------------------------------------------------------------------------------------------


def _specialties(slugs: list[str]) -> list[DoctorSpecialization]:
    rows = list(DoctorSpecialization.objects.filter(slug__in=slugs))
    missing = set(slugs) - {row.slug for row in rows}
    if missing or not rows:
        raise Invalid(
            _("There is no such specialization: %(slugs)s") % {"slugs": ", ".join(sorted(missing))},
            field="specializations",
        )
    return rows


def _licence(number: str) -> str:
    """The one form of a licence number: another spelling must not make it another doctor's. Raises Invalid (422)."""
    number = number.strip().upper()
    if not LICENCE.fullmatch(number):
        raise Invalid(
            _("Write the licence number with 3 to 30 letters, digits, dashes and slashes."), field="license_number"
        )
    return number


def _require_ahead(expires_on: date | None, now: datetime) -> None:
    """Raises Invalid (422) for a licence that has expired."""
    if expires_on is not None and expires_on < timezone.localdate(now):
        raise Invalid(_("This licence has expired: give the day until which it is valid."), field="license_expires_on")


def _languages(names: list[str]) -> list[str]:
    """The languages, each once. Raises Invalid (422) for what search could not find again."""
    names = [name.strip() for name in names]
    for at, name in enumerate(names):
        if not LANGUAGE.fullmatch(name):
            raise Invalid(_("“%(name)s” is not the name of a language.") % {"name": name[:40]}, field=f"languages.{at}")
    return list({name.lower(): name for name in reversed(names)}.values())[::-1]


def _require_free(license_number: str) -> None:
    if DoctorInformation.objects.filter(license_number=license_number).exists():
        raise LicenceTaken
