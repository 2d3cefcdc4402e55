"""Sidebar entries for visits."""

from django.utils.translation import gettext_lazy as _

from shs.core.menu import Entry, Section

VISITS = Section(_("Visits"), 20)

entries = [
    Entry(VISITS, 10, _("Desk board"), "view_kanban", "desk", "appointment.view_appointment", is_list=False),
    Entry(VISITS, 20, _("Appointments"), "event", "appointment_appointment", "appointment.view_appointment"),
    Entry(VISITS, 30, _("Slots"), "view_timeline", "appointment_appointmentslot", "appointment.view_appointmentslot"),
]
