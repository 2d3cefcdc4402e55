"""Package templates that we override: fails when the package changes one, so that somebody compares it with ours."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.template import engines
from django.test import SimpleTestCase

# Our template → SHA-256 of the package's template.
UPSTREAM = {
    "admin/base.html": "2ce9250b3c649e3a1d3c7ea52308a2858c60374b76089c29a838c7cc870dbcf0",
    "admin/change_form.html": "e9824d4d8a447d9741a1fe4a83180042ac11383bd51678e2b5e40460fa42d86a",
    "admin/change_list.html": "5885c39760f6085d55b2db8e740d4fdc340c402fc7cd43c0b5ef6ae7fb76f421",
    "admin/import_export/change_list.html": "9fabce6d410f6ebf6cfb5e2632aa3aaff41f94104ba7dc19a880f00e2e2c8f2e",
    "admin/import_export/export.html": "37cb47162b510a620df30541f84a6b3553d2815f746ce2767e287dc8d3327303",
    "admin/import_export/import_errors.html": "06e33ea1da57355125d420df446a2d9d82641a314c64d93af8d06f45556f705c",
    "admin/import_export/import_preview.html": "5b3012a2143c15630d039693fb0146cc2d44583951ef3ac6c93c2ae136535e1f",
    "admin/import_export/import_validation.html": "fa85f6e3e112433e81e11ffbcf5fd1688ee9195fe3b1e169317c0ac566c4669a",
    "admin/prepopulated_fields_js.html": "3d2846a6a41604157043ceabedbf928a6c094b49b1362cfc00e6da8833927ef6",
    "admin/index.html": "9fdb849b7da18ccde0e5dda1923465830718700726570ea70554bffe1f012115",
    "unfold/helpers/app_list.html": "6ab83ac498b2f50ff045b7abcf2254391ccea9ded1f653c9f860f516d0be65b6",
    "unfold/helpers/change_list_filter.html": "9606a6123fb48b059187bd10dae1e7c95f1678afefa0d82a86206ca955bf5ef7",
    "unfold/helpers/command.html": "ae6ce324d85366131fc82945b3c35c1b980829229508343993e6adcbee4c975d",
    "unfold/helpers/empty_results.html": "5f4727a37a99da76e245048c8c7d7307ded9fe749533b33410e38657a9b1ef7e",
    "unfold/helpers/fieldset_row.html": "2eb8a8acf2d7538566aacb635f5a017374f8f47f026e10ab471c10ed87d44a42",
    "unfold/helpers/language_switch.html": "f3ad5b63f6f9908b4717967820f6e187346dd0d1f04aa876cbd6a99564aaf4d1",
    "unfold/helpers/navigation_header.html": "35139b9d94580be975de34bc44253c52c0b4ed0669dc5d4902c13016f40f31e4",
    "unfold/helpers/navigation_user.html": "4c9ba58b3f215326703c699fff40b582b10125257f7357126531e2cd73785716",
    "unfold/helpers/search.html": "91996c27181d14ade8b4cbf84d90a4b0d293fdd92ae4325cda0f6889c29e28fb",
    "unfold/helpers/tab_actions.html": "2883f8c5b35d30858eae7345c25b24d97ad313923e192955a60c3a542ad90419",
    "unfold/helpers/unauthenticated_header.html": "904c823eb0d850529a195108adc3f07d6a08f7d6611bd6fec9b44f4f94a44ff6",
    "unfold/helpers/welcomemsg.html": "e8eab02522ba2319b937086bbcb6bf2a2bbe1489d236ad90ff23edbe070a7d6b",
    "unfold/layouts/skeleton.html": "66af9f0bb45f98ba4e16ba5e5a11f36d87b8e07430d19066d088b29548491c2e",
    "unfold/widgets/date.html": "8a1f708fc9284da1dbf6cd4d1949b237dac7bd2026a8231bb62f4e343388ba38",
}


class OverrideTests(SimpleTestCase):
    def own(self) -> list[Path]:
        return sorted(
            path
            for folder in ("admin", "unfold")
            for path in (settings.BASE_DIR / "templates" / folder).rglob("*.html")
        )

    def upstream(self, name: str) -> Path | None:
        """The package's template of this name: the first that Django finds after ours."""
        for loader in engines["django"].engine.template_loaders:
            for origin in loader.get_template_sources(name):
                path = Path(origin.name)
                if path.is_file() and not path.is_relative_to(settings.BASE_DIR / "templates"):
                    return path
        return None

    def test_the_package_template_has_not_changed(self):
        found = {}
        for path in self.own():
            name = str(path.relative_to(settings.BASE_DIR / "templates"))
            upstream = self.upstream(name)
            if upstream is not None:
                found[name] = hashlib.sha256(upstream.read_bytes()).hexdigest()
        for name in sorted({*found, *UPSTREAM}):
            with self.subTest(template=name):
                self.assertEqual(
                    found.get(name),
                    UPSTREAM.get(name),
                    f"The package's {name} is not the one that templates/{name} was written for. Compare the two, take "
                    "over what is new, look at the page in light and dark, and write the new sum into UPSTREAM.",
                )
