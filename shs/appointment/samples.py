"""A sample row of each model, for the generated tests; slots come with the visits."""

from datetime import datetime

from shs.appointment.models import FeedKind, IdentityCheck, Registration
from shs.appointment.services import Newcomer, Suits, ask_earlier, begin_session, register, renew_feed, renew_screen
from shs.core.discovery import Case


def past_visit(case: Case, now: datetime) -> None:
    """Alice's completed visit to Carol three days ago."""
    case.past_visit = case.take_place()


def identity(case: Case, now: datetime) -> None:
    """Erin took the visit in without proof of identity."""
    case.identity = IdentityCheck.objects.create(
        visit=case.past_visit, how="none", reason="came without papers", by=case.erin, at=now, status="waiting"
    )


def unknown(case: Case, now: datetime) -> None:
    """Erin registered somebody whom nobody knows."""
    newcomer = Newcomer(
        birth="40", gender="male", is_unknown=True, circumstances="brought by a rickshaw from the bridge"
    )
    person = register(newcomer=newcomer, clinic=case.clinic, by=case.erin, now=now)
    case.registration = Registration.objects.get(person=person)


def feeds(case: Case, now: datetime) -> None:
    """Alice follows her visits, Carol her patients', and Erin those at her clinic."""
    case.feed, case.feed_token = renew_feed(owner=case.alice, kind=FeedKind.PATIENT, now=now)
    case.doctor_feed, case.doctor_token = renew_feed(owner=case.carol, kind=FeedKind.DOCTOR, now=now)
    case.clinic_feed, case.clinic_token = renew_feed(owner=case.erin, kind=FeedKind.CLINIC, clinic=case.clinic, now=now)


def wishes(case: Case, now: datetime) -> None:
    """Alice wants to come earlier than with her visit to Carol."""
    case.wish = ask_earlier(patient=case.alice, visit=case.visit, suits=Suits(), now=now)


def sessions(case: Case, now: datetime) -> None:
    """Carol sees patients in room 2, and a screen hangs in the waiting room."""
    case.session = begin_session(doctor=case.dr_carol, clinic=case.clinic, room="2", now=now)
    case.screen = renew_screen(clinic=case.clinic, now=now)


samples = [past_visit, identity, unknown, feeds, wishes, sessions]
