"""Accessibility of every admin page: axe's rules, keyboard, size of targets, and layout on a phone. Each page is opened
once, by a demo user who works with it, in the light and the dark theme."""

from collections.abc import Iterator
from typing import Any
from zlib import crc32

from django.contrib import admin
from django.urls import reverse

from shs.tests.walk import (
    ALL_RULES,
    CONTRAST,
    DESK,
    FITS,
    MUTE_CONTROLS,
    PHONE,
    SMALL_TARGETS,
    SPOKEN_ICONS,
    STILL,
    TARGET_PX,
    WALKERS,
    Asked,
    Stop,
    Walk,
)

Base: Any = object  # for mypy: AccessibilityTests is mixed into Walk

COMPLETE = """
    document.documentElement.scrollWidth && document.readyState === 'complete' && document.fonts.status === 'loaded'
    && [...document.querySelectorAll('trix-editor')].every(one => one.editor)
"""
"""Before its fonts and its editor are there, a page can be wider, since an icon is a word until then. Its width is
asked for, because the browser begins to load fonts when it lays the page out."""


class AccessibilityTests(Base):
    """The tests that apply to every page. Two processes share the work; each takes half of the addresses."""

    half = 0

    def walk(self):
        self.expect_problem("status of 403")
        self.seen: set[str] = set()
        for who in WALKERS:
            page = self.enter(who)
            page.goto("/admin/")
            stops = [Stop(who, name, address) for name, address in self.sidebar(page).items()]
            stops += [Stop(who, address, address) for address in self.other_pages(page)]
            for stop in [Stop(who, "Dashboard", f"/admin/?{who}"), *stops, *self.further(who)]:
                if self.is_wanted(stop.address) and self.look(page, stop):
                    self.seen.add(stop.address)
        if self.half:
            self.glance(page)
        else:
            self.outside()

    def glance(self, page) -> None:
        """As an admin, open the page of one row of every model: its scripts and styles must load without an error."""
        page.set_viewport_size(DESK)
        request = Asked(self.frank)
        for screen in admin.site._registry.values():
            row = screen.get_queryset(request).first() if screen.has_view_permission(request) else None
            if row is not None:
                page.goto(screen.url_of(row))

    def is_wanted(self, address: str) -> bool:
        """Whether the page belongs to this half and has not been opened yet."""
        return address not in self.seen and crc32(address.encode()) % 2 == self.half

    def look(self, page, stop: Stop) -> bool:
        """Measure one page; False if this user may not open it."""
        page.set_viewport_size(DESK)
        if page.goto(stop.address).status == 403:
            return False
        self.measure(page, stop)
        return True

    def measure(self, page, stop: Stop) -> None:
        where = "body" if stop.name == "Dashboard" else "#main"
        page.wait_for_function(COMPLETE)
        page.add_style_tag(content=STILL)
        self.note("axe", stop, self.axe(page, ALL_RULES, where))
        self.note("mute", stop, page.evaluate(MUTE_CONTROLS))
        self.note("icons", stop, page.evaluate(SPOKEN_ICONS))
        self.note("small", stop, page.evaluate(SMALL_TARGETS, TARGET_PX))
        page.evaluate("document.documentElement.classList.add('dark')")
        self.note("dark", stop, self.axe(page, CONTRAST, where))
        page.evaluate("document.documentElement.classList.remove('dark')")
        page.set_viewport_size(PHONE)
        self.note("phone", stop, page.evaluate(FITS))
        self.note("small", stop, [f"{what} (phone)" for what in page.evaluate(SMALL_TARGETS, TARGET_PX)])

    def further(self, who: str) -> Iterator[Stop]:
        """Pages of single rows, which the sidebar does not link to."""
        for address in self.rows_of().get(who, []):
            yield Stop(who, address, address)

    def rows_of(self) -> dict[str, list[str]]:
        def at(name, *args):
            return reverse(f"admin:{name}", args=args)

        case, visit = self.dr_dave.pk, self.visit.pk
        return {
            "grace": [
                at("doctors_doctorinformation_change", case),
                at("doctors_doctorinformation_step", case, "reject"),
                at("users_user_change", self.dave.pk),
            ],
            "erin": [at("appointment_appointment_change", visit), at("doctors_timeoff_add")],
            "carol": [
                at("medical_record_medicalrecord_patient", self.alice.pk),
                at("medical_record_medicalrecord_change", self.entry.pk),
                at("prescription_prescription_change", self.prescription.pk),
                at("blog_blogpost_change", self.draft.pk),
                at("doctors_timeoff_delete", self.time_off.pk),
                at("appointment_appointment_export"),
            ],
            "henry": [at("blog_comment_change", self.comment.pk)],
            "irene": [
                at("appointment_appointment_history", visit),
                at("appointment_appointment_simple_history", visit, self.visit.history.first().pk),
                at("core_readlog_export"),
            ],
            "frank": [
                at("users_user_change", self.carol.pk),
                at("auth_group_changelist"),
                at("doctors_doctorspecialization_import"),
                at("password_change"),
            ],
        }

    def outside(self):
        """Pages without a menu, such as login."""
        page = self.open()
        page.goto("/admin/login/")
        self.measure(page, Stop("nobody", "Log in", "/admin/login/"))
        page = self.enter("grace")
        self.expect_problem("status of 404")
        for name, address in (
            ("A page that is closed", reverse("admin:changes")),
            ("A page that is not", "/admin/no/"),
        ):
            page.set_viewport_size(DESK)
            page.goto(address)
            self.measure(page, Stop("grace", name, address))

    def assert_nothing(self, topic: str):
        places: dict[str, list[str]] = {}
        for finding in self.found.get(topic, []):
            places.setdefault(finding.what, []).append(finding.stop)
        said = [f"{what}  [{stops[0]}, {len(stops)} in all]" for what, stops in places.items()]
        self.assertFalse(bool(said), "\n" + "\n".join(said))

    def test_axe_finds_nothing_serious_in_the_light_theme(self):
        self.assert_nothing("axe")

    def test_axe_finds_no_weak_contrast_in_the_dark_theme(self):
        self.assert_nothing("dark")

    def test_every_clickable_element_is_a_control(self):
        self.assert_nothing("mute")

    def test_icons_are_hidden_from_screen_readers(self):
        self.assert_nothing("icons")

    def test_every_target_is_large_enough(self):
        self.assert_nothing("small")

    def test_on_a_phone_no_page_scrolls_horizontally_and_title_and_main_action_are_visible(self):
        self.assert_nothing("phone")


class FirstHalf(AccessibilityTests, Walk):
    """One half of the pages, and the pages without a menu."""


class SecondHalf(AccessibilityTests, Walk):
    """The other half, and the page of one row of every model."""

    half = 1
