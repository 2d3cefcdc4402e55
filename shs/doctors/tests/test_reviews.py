from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from shs.doctors.models import DoctorReview
from shs.doctors.services import hide_review
from shs.testing import Api, EveryModel


class Reviews(EveryModel, TestCase):
    def setUp(self):
        self.review = self.dr_carol.reviews.get()
        self.path = f"/doctors/{self.dr_carol.pk}/reviews"

    def age(self, days: int) -> None:
        rows = DoctorReview.objects.without_history("time passes").filter(pk=self.review.pk)
        rows.update(created_at=timezone.now() - timedelta(days=days))

    def test_a_review_can_be_changed_for_fourteen_days(self):
        for days, status in ((13, 200), (15, 409)):
            self.age(days)
            self.assertEqual(Api(self.alice).put(f"{self.path}/mine", {"rating": 2}).status_code, status)

    def test_a_hidden_review_cannot_be_withdrawn_and_written_again(self):
        hide_review(review=self.review, reason="an insult")
        self.assertEqual(Api(self.alice).delete(f"{self.path}/mine").status_code, 409)
        self.assertEqual(Api(self.alice).post(self.path, {"rating": 1}).status_code, 409)

    def test_a_hidden_review_is_neither_counted_nor_listed(self):
        hide_review(review=self.review, reason="an insult")
        self.assertEqual(Api().get(self.path).json()["items"], [])
        found = Api().get(f"/doctors/{self.dr_carol.pk}/rating").json()
        self.assertEqual((found["rating"], found["rating_count"], set(found["breakdown"].values())), (0, 0, {0}))

    def test_the_breakdown_counts_each_number_of_stars(self):
        found = Api().get(f"/doctors/{self.dr_carol.pk}/rating").json()
        self.assertEqual(found["breakdown"], {"5": 0, "4": 1, "3": 0, "2": 0, "1": 0})

    def test_the_doctor_can_reply_once(self):
        path = f"/doctors/me/reviews/{self.review.pk}/answer"
        self.assertEqual(Api(self.carol).post(path, {"answer": "Thank you."}).status_code, 201)
        self.assertEqual(Api().get(self.path).json()["items"][0]["answer"], "Thank you.")
        self.assertEqual(Api(self.carol).post(path, {"answer": "And again."}).status_code, 409)
        self.assertEqual(Api(self.wendy).post(path, {"answer": "x"}).status_code, 404)
        self.assertEqual(Api(self.alice).post(path, {"answer": "x"}).status_code, 403)

    def test_a_muted_patient_can_neither_write_nor_change_reviews(self):
        self.alice.mute(until=timezone.now() + timedelta(days=1), reason="insults")
        for method in ("POST", "PUT"):
            path = self.path if method == "POST" else f"{self.path}/mine"
            self.assertEqual(Api(self.alice).call(method, path, {"rating": 1}).status_code, 403)

    def test_no_response_contains_the_reviewers_email_address(self):
        self.assertNotIn(b"@", Api().get(self.path).content)
