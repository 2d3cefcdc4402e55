"""Sidebar entries for doctors."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import SETTINGS, Entry, Section

DOCTORS = Section(_("Doctors"), 50)

entries = [
    Entry(DOCTORS, 10, _("Doctors"), "stethoscope", "doctors_doctorinformation", "doctors.view_doctorinformation"),
    Entry(DOCTORS, 20, _("Working hours"), "schedule", "doctors_doctoravailability", "doctors.view_doctoravailability"),
    Entry(DOCTORS, 30, _("Time off"), "event_busy", "doctors_timeoff", "doctors.view_timeoff"),
    Entry(DOCTORS, 40, _("Reviews"), "reviews", "doctors_doctorreview", "doctors.view_doctorreview"),
    Entry(SETTINGS, 20, _("Clinics"), "local_hospital", "doctors_clinic", "doctors.view_clinic"),
    Entry(
        SETTINGS,
        30,
        _("Specializations"),
        "category",
        "doctors_doctorspecialization",
        "doctors.view_doctorspecialization",
    ),
]
