"""Doctors, specialties and places are found by all of their names, in both languages."""

from django.test import TestCase
from django.urls import reverse

from shs.core.names import fold
from shs.doctors import services
from shs.doctors.models import DoctorInformation, DoctorSpecialization, PlaceName, SpecialtyAlias
from shs.testing import Api, TestUsers, make_doctor, make_user
from shs.users.models import Role


class Names(TestUsers, TestCase):
    """Carol is a cardiologist in Dhaka; Rahman treats children in Chattogram."""

    @classmethod
    def make_people(cls):
        super().make_people()
        cls.rahman = make_doctor(
            make_user("Dr. Abdur Rahman", Role.DOCTOR), cls.other_clinic, location="GEC Circle, Chattogram"
        )
        cls.rahman.specializations.set([DoctorSpecialization.objects.get(slug="paediatrics")])
        services.refresh_derived(cls.rahman)

    def names(self, **query: str) -> list[str]:
        answer = Api().get("/doctors/search", **query)
        self.assertEqual(answer.status_code, 200, answer.content)
        return [item["name"] for item in answer.json()["items"]]

    def test_a_specialty_is_found_as_people_call_it(self):
        for text in ("cardiologist", "heart doctor", "Heart specialist", "হৃদরোগ", "হৃদরোগ বিশেষজ্ঞ", "হার্টের ডাক্তার"[:5]):
            with self.subTest(text=text):
                self.assertEqual(self.names(q=text), ["Dr. Carol"])
                self.assertEqual(self.names(specialty=text), ["Dr. Carol"])
        for text in ("child specialist", "Children doctor", "pediatrician", "শিশু", "শিশু রোগ বিশেষজ্ঞ"):
            with self.subTest(text=text):
                self.assertEqual(self.names(q=text), ["Dr. Abdur Rahman"])
        self.assertEqual(self.names(specialty="child specialist"), ["Dr. Abdur Rahman"])
        self.assertEqual(self.names(specialty="doctor"), [])

    def test_a_place_is_found_in_each_spelling(self):
        for text in ("Chittagong", "Chattogram", "চট্টগ্রাম", "ctg", "chottogram"):
            with self.subTest(text=text):
                self.assertEqual(self.names(location=text), ["Dr. Abdur Rahman"])
                self.assertEqual(self.names(q=text), ["Dr. Abdur Rahman"])
        self.assertEqual(self.names(location="ঢাকা"), ["Dr. Carol"])
        self.assertEqual(self.names(location="Comilla"), [])

    def test_a_doctor_is_found_as_the_name_is_heard(self):
        for text in ("Rohoman", "রহমান", "rehman chittagong", "Dr. Abdur Rohman"):
            with self.subTest(text=text):
                self.assertEqual(self.names(q=text), ["Dr. Abdur Rahman"])

    def test_every_specialization_has_names_in_english_and_in_bangla(self):
        for row in DoctorSpecialization.objects.prefetch_related("aliases"):
            with self.subTest(slug=row.slug):
                names = [alias.name for alias in row.aliases.all()]
                self.assertTrue(any(name.isascii() for name in names))
                self.assertTrue(any("\u0980" <= name[0] <= "\u09ff" for name in names))

    def test_every_district_has_a_name_in_bangla(self):
        names = PlaceName.objects.places().names
        self.assertEqual(len(names), 64)
        for place, others in names.items():
            with self.subTest(place=place):
                self.assertTrue(any("\u0980" <= fold(name)[0] <= "\u09ff" for name in others))

    def test_a_name_that_the_office_adds_changes_or_removes_counts_at_once(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        specialty = DoctorSpecialization.objects.get(slug="paediatrics")
        page = reverse("admin:doctors_specialtyalias_add")
        self.client.post(page, {"name": "Kiddie", "specialization": specialty.pk})
        alias = SpecialtyAlias.objects.get(name="Kiddie")
        self.assertEqual(self.names(q="kiddie"), ["Dr. Abdur Rahman"])
        self.client.post(reverse("admin:doctors_specialtyalias_delete", args=(alias.pk,)), {"post": "yes"})
        self.assertEqual(self.names(q="kiddie"), [])

        self.client.post(reverse("admin:doctors_placename_add"), {"name": "Port City", "place": "Chattogram"})
        self.assertEqual(self.names(q="port city"), ["Dr. Abdur Rahman"])

    def test_choosers_find_by_other_names_too(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        for text in ("হৃদরোগ", "cardiologist"):
            page = self.client.get(reverse("admin:doctors_doctorspecialization_changelist"), {"q": text})
            self.assertIn("Cardiology", [row.name for row in page.context["cl"].result_list])
        page = self.client.get(reverse("admin:doctors_clinic_changelist"), {"q": "ঢাকা"})
        self.assertEqual({row.city for row in page.context["cl"].result_list}, {"Dhaka"})

    def test_words_of_a_doctor_do_not_change_by_themselves(self):
        before = DoctorInformation.objects.get(pk=self.rahman.pk).search_text
        services.refresh_derived(self.rahman)
        self.assertEqual(DoctorInformation.objects.get(pk=self.rahman.pk).search_text, before)
