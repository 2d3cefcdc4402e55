"""The admin by keyboard and screen reader: skip link, focus in and after dialogs and panels, live regions."""

from shs.tests.walk import ALL_RULES, MUTE_CONTROLS, PHONE, SMALL_TARGETS, STILL, TARGET_PX, Visit

FOCUSED = "document.activeElement"


class KeyboardTests(Visit):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.page = self.enter("grace")

    def assert_focus_in(self, selector: str):
        inside = f"{FOCUSED}.closest({selector!r}) !== null"
        self.assertTrue(self.page.evaluate(inside), self.page.evaluate(f"{FOCUSED}.outerHTML.slice(0, 200)"))

    def assert_focus_stays_in(self, selector: str):
        """Tab and Shift+Tab stay within the panel."""
        for key in ["Shift+Tab"] * 3 + ["Tab"] * 14:
            self.page.keyboard.press(key)
            self.assert_focus_in(selector)

    def assert_accessible(self, where: str):
        self.page.add_style_tag(content=STILL)
        self.assertEqual(self.axe(self.page, ALL_RULES, where), [])
        self.assertEqual(self.page.evaluate(SMALL_TARGETS, TARGET_PX), [])
        self.assertEqual(self.page.evaluate(MUTE_CONTROLS), [])

    def test_panels_take_keep_and_return_the_focus(self):
        page = self.page
        page.goto("/admin/doctors/doctorinformation/")

        page.keyboard.press("Tab")
        self.assertEqual(page.evaluate(f"{FOCUSED}.textContent"), "Skip to the content")
        page.keyboard.press("Enter")
        self.assertEqual(page.evaluate(f"{FOCUSED}.id"), "content")

        page.get_by_role("button", name="Filters").focus()
        page.keyboard.press("Enter")
        panel = page.get_by_role("dialog", name="Filters")
        panel.wait_for()
        self.assert_focus_in("#changelist-filter")
        self.assert_accessible("#changelist-filter")
        self.assert_focus_stays_in("#changelist-filter")
        page.keyboard.press("Escape")
        panel.wait_for(state="hidden")
        self.assertTrue(page.get_by_role("button", name="Filters").evaluate(f"button => button === {FOCUSED}"))

        page.keyboard.press("Control+k")
        search = page.get_by_role("dialog", name="Search")
        search.wait_for()
        self.assert_focus_in("dialog")
        self.assert_accessible("dialog")
        page.keyboard.press("Escape")
        search.wait_for(state="hidden")
        self.assertTrue(page.get_by_role("button", name="Filters").evaluate(f"button => button === {FOCUSED}"))

        account = page.get_by_role("button", name="Your account: Grace")
        account.focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Log out").wait_for()
        self.assertEqual(account.get_attribute("aria-expanded"), "true")
        self.assert_accessible("#nav-sidebar")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Log out").wait_for(state="hidden")
        self.assertTrue(account.evaluate(f"button => button === {FOCUSED}"))

    def test_a_step_can_be_taken_by_keyboard_and_its_result_is_announced(self):
        page = self.page
        # The browser's document viewer takes the focus once, after loading.
        page.goto(f"/admin/doctors/doctorinformation/{self.dr_dave.pk}/change/", wait_until="networkidle")
        page.get_by_role("link", name="Reject…").focus()
        page.keyboard.press("Enter")
        page.get_by_role("dialog").wait_for()
        self.assert_focus_in("dialog")
        self.assert_accessible("dialog")
        page.get_by_label("Reason").select_option("illegible")
        page.get_by_label("Message to the doctor").fill("")
        page.get_by_label("Message to the doctor").focus()
        page.keyboard.type("The licence cannot be read.")
        page.get_by_role("dialog").get_by_role("button", name="Reject", exact=True).focus()
        page.keyboard.press("Enter")
        page.locator("#shs-live:not(:empty)").wait_for(state="attached")
        self.assertIn("Rejected", page.locator("#shs-live").inner_text())

    def test_the_focus_is_always_visible(self):
        self.page.goto("/admin/users/user/")
        for _stop in range(30):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(f"{FOCUSED} === document.body"):
                break
            shown = self.page.evaluate(
                "() => { const around = [document.activeElement, document.activeElement.parentElement];"
                "return around.some(e => getComputedStyle(e).outlineStyle !== 'none'); }"
            )
            self.assertTrue(shown, self.page.evaluate(f"{FOCUSED}.outerHTML.slice(0, 200)"))

    def test_on_a_phone_the_menu_can_be_opened_and_closed_by_keyboard(self):
        page = self.page
        page.set_viewport_size(PHONE)
        page.goto("/admin/")
        page.get_by_role("button", name="Menu", exact=True).focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Doctor applications").and_(page.locator("#nav-sidebar a")).wait_for()
        self.assert_focus_in("#nav-sidebar")
        self.assert_accessible("#nav-sidebar")
        page.keyboard.press("Escape")
        page.locator("#nav-sidebar").wait_for(state="hidden")
        page.wait_for_function(f"{FOCUSED}.id === 'shs-menu'")  # the focus returns after the menu has closed
