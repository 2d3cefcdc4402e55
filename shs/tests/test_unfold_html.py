"""Our own faster rendering of list rows and form lines produces the same HTML as unfold."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import unfold
from django.contrib import admin
from django.template import Context, Engine, engines
from django.test import Client, TestCase, tag
from django.urls import reverse
from django.utils.html import escape
from unfold.templatetags.unfold_list import results

from shs.core.admin.leads import leads_of
from shs.core.admin.result_list import ResultList, person_cell
from shs.core.context import RequestContext, current
from shs.core.grants.table import may_some
from shs.tests.generate import ManyPages

LINE = "unfold/helpers/fieldset_row.html"


def plain(html: str) -> str:
    """HTML without differences that browsers ignore: space around tags, the order of classes, and a wrong end tag in
    unfold's template for people."""
    html = re.sub(r"\s+", " ", html)
    html = re.sub(r'class="([^"]*)"', lambda found: f'class="{" ".join(sorted(found[1].split()))}"', html)
    html = re.sub(r" ?(<[^>]*>) ?", r"\1", html)
    return re.sub(r" >", ">", html).replace("</span></div></", "</span></span></")


def led(html: str, page: str, lead: str) -> str:
    """unfold's cells of a row whose own page is `page`, with their link to where the row's name leads (leads.py)."""
    return re.sub(rf'href="{re.escape(page)}(\?[^"]*)?"', lambda _link: f'href="{escape(lead)}"', html)


@contextmanager
def served(answer) -> Iterator[None]:
    """Sets the current request, as while the page was made."""
    token = current.set(RequestContext(answer.wsgi_request))
    try:
        yield
    finally:
        current.reset(token)


@tag("any_database")
class UnfoldHtml(ManyPages, TestCase):
    """The list and a change page of every screen, opened by the first test user who sees a row."""

    lists: ClassVar[list[tuple]] = []
    """Each model whose list has rows, with the first user who sees some and the page: opened once for all tests."""

    def setUp(self):
        super().setUp()
        if not self.lists:
            type(self).lists = list(self.opened())

    def signed_in(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def opened(self) -> Iterator[tuple]:
        for model in admin.site._registry:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            for user in self.people.values():
                if not (user.is_authenticated and user.uses_back_office and may_some(user, model, "view")):
                    continue
                client = self.signed_in(user)
                answers = (client.get(url, asked) for asked in ({"tab": "all"}, {"p": 1}))
                found = next((a for a in answers if a.status_code == 200 and a.context_data["cl"].result_list), None)
                if found is not None:
                    yield model, user, found
                    break

    def test_list_rows_equal_unfolds_but_for_where_names_lead(self):
        compared, led_away = 0, set()
        for model, _user, answer in self.lists:
            with self.subTest(model=model._meta.label), served(answer):
                cl = answer.context_data["cl"]
                ours = list(ResultList(cl).rows())
                theirs = ["".join(map(str, row)) for row in results(cl)]
                self.assertEqual(len(ours), len(theirs))
                leads = leads_of(answer.wsgi_request.user, cl.result_list)
                for row, mine, their in zip(cl.result_list, ours, theirs, strict=True):
                    if lead := leads.get(row.pk):
                        page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
                        their = led(their, page, lead)
                        led_away.add(model._meta.label)
                    cells = re.fullmatch(r"<tbody.*?><tr.*?>(.*)</tr></tbody>", mine, re.DOTALL)[1]
                    self.assertEqual(plain(cells), plain(their))
                    self.assertIn(mine, answer.content.decode())
                compared += 1
        self.assertGreater(compared, 20)
        self.assertEqual(led_away, {"users.User", "appointment.Appointment"})

    def test_form_lines_equal_unfolds(self):
        ours = engines["django"].engine
        theirs = Engine(dirs=[Path(unfold.__file__).parent / "templates"], libraries=ours.libraries)
        compared = 0
        for model, user, listed in self.lists:
            row = listed.context_data["cl"].result_list[0]
            page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
            answer = self.signed_in(user).get(page)
            if answer.status_code != 200:
                continue
            form = answer.context_data["adminform"]
            with self.subTest(model=model._meta.label), served(answer):
                for line in (line for fieldset in form for line in fieldset):
                    said = {"adminform": form, "line": line, "forloop": {"last": False}}
                    mine, their = (engine.get_template(LINE).render(Context(said)) for engine in (ours, theirs))
                    self.assertEqual(plain(mine), plain(their))
                    compared += 1
        self.assertGreater(compared, 100)

    def test_a_person_is_escaped(self):
        self.assertNotIn("<b>", person_cell(["<b>", "<b>", "<b>"]))
        self.assertNotIn("<p", person_cell(["Alice", "", ""]))
