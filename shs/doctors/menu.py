"""Sidebar entries for doctors."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import SETTINGS, Entry, Rank, Section

DOCTORS = Section(_("Doctors"), 50)

entries = [
    Entry(
        DOCTORS,
        10,
        _("Doctors"),
        "stethoscope",
        "doctors_doctorinformation",
        "doctors.view_doctorinformation",
        works_with="doctors.run_desk_clinic",
    ),
    Entry(
        DOCTORS,
        20,
        _("Time off"),
        "event_busy",
        "doctors_timeoff",
        "doctors.view_timeoff",
        works_with="appointment.confirm_appointment",
    ),
    Entry(
        DOCTORS,
        22,
        _("Temporary hours"),
        "calendar_month",
        "doctors_hoursperiod",
        "doctors.view_hoursperiod",
        rank=Rank.SELDOM,
        works_with="appointment.confirm_appointment",
    ),
    Entry(
        DOCTORS,
        25,
        _("Closed days"),
        "event_busy",
        "doctors_closedday",
        "doctors.view_closedday",
        rank=Rank.SELDOM,
        works_with="appointment.confirm_appointment",
    ),
    Entry(
        DOCTORS,
        30,
        _("Working hours"),
        "schedule",
        "doctors_doctoravailability",
        "doctors.view_doctoravailability",
        works_with="appointment.confirm_appointment",
    ),
    Entry(
        DOCTORS,
        40,
        _("Reviews"),
        "reviews",
        "doctors_doctorreview",
        "doctors.view_doctorreview",
        works_with="blog.dismiss_report",
    ),
    Entry(SETTINGS, 20, _("Clinics"), "local_hospital", "doctors_clinic", "doctors.view_clinic", rank=Rank.SELDOM),
    Entry(
        SETTINGS,
        30,
        _("Specializations"),
        "category",
        "doctors_doctorspecialization",
        "doctors.view_doctorspecialization",
        rank=Rank.SELDOM,
    ),
    Entry(
        SETTINGS,
        31,
        _("Other names of specializations"),
        "translate",
        "doctors_specialtyalias",
        "doctors.view_specialtyalias",
        rank=Rank.SELDOM,
    ),
    Entry(
        SETTINGS,
        32,
        _("Other names of places"),
        "location_on",
        "doctors_placename",
        "doctors.view_placename",
        rank=Rank.SELDOM,
    ),
]
