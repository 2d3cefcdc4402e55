"""How soon: the three ways of writing, asides, the person, likely emergencies, the way out, and what to ask next."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TestCase, override_settings, tag
from django.utils import timezone

from shs.chat.services import send
from shs.core.ages import Birth
from shs.core.dates import show_date
from shs.core.health import system_facts, warnings
from shs.core.reads.models import ReadLog
from shs.predict.asides import asides
from shs.predict.cases import Case, Person
from shs.predict.letters import sound, sound_stem
from shs.predict.models import Affects, Condition, RedFlag, Symptom, WordList
from shs.predict.predictor import knowledge
from shs.predict.reading import read, speaks_of_others
from shs.predict.services import is_urgent, likely_emergency
from shs.predict.sets import BLIND, HELD_OUT, OPEN, BadSet, read_set
from shs.predict.tests.once import read_once
from shs.predict.urgency import in_their_language, red_flags
from shs.predict.words import PERSON
from shs.testing import Api, TestUsers
from shs.users.families import open_dependant

BABY = Person(age=21 / 365)


class Sounds(SimpleTestCase):
    def test_spellings_of_a_bangla_word_have_one_sound(self):
        for word, spellings in (
            ("ব্যথা", "betha byatha bytha betha"),
            ("জ্বর", "jor jhor jwar"),
            ("নিঃশ্বাস", "nishash nisshash nishwas"),
            ("গর্ভবতী", "gorbhoboti gorboboti"),
            ("অজ্ঞান", "oggan ogyan"),
            ("পায়খানা", "paykhana paikhana"),
        ):
            for spelling in spellings.split():
                with self.subTest(spelling=spelling):
                    self.assertEqual(sound(spelling), sound(word))

    def test_unconscious_is_not_the_word_for_consciousness(self):
        self.assertNotEqual(sound("অজ্ঞান"), sound("জ্ঞান"))

    def test_verbs_as_they_are_spoken_sound_as_they_are_written(self):
        for written, spoken in (("ফুলে", "ফুইলা fuila"), ("ধরে", "ধইরা dhoira"), ("কেটে", "কাইটা kaita"), ("ভেঙে", "ভাইঙ্গা")):
            for spelling in spoken.split():
                with self.subTest(spelling=spelling):
                    self.assertEqual(sound(spelling), sound(written))

    def test_forms_of_a_verb_have_one_stem(self):
        self.assertEqual({sound_stem(sound(word)) for word in ("পারছি", "পারে", "parchi", "partesi")}, {"par"})


class Asides(SimpleTestCase):
    def test_clauses_about_nobody_who_is_ill_are_asides(self):
        for text in (
            "what is a stroke?",
            "how can i prevent a heart attack",
            "i had a stroke five years ago",
            "my father died of a heart attack",
            "i nearly had a heart attack when i saw the bill",
            "how much does heart surgery cost",
            "স্ট্রোক কাকে বলে",
            "পাঁচ বছর আগে হার্ট অ্যাটাক হয়েছিল",
            "baba stroke e mara gesen",
        ):
            with self.subTest(text=text):
                self.assertEqual(asides(read(text)), {0})

    def test_a_text_about_a_film_a_game_a_lesson_or_thanks_is_an_aside_as_a_whole(self):
        for text in (
            "writing a novel, my hero gets a snake bite. what would he feel first?",
            "my character keeps drowning, how do i get the air bubble",
            "thank you to the crew who came when dad had his heart attack",
            "কাল স্বপ্নে দেখছি পানিতে ডুইবা মরতেছি, এর মানে কি?",
        ):
            with self.subTest(text=text):
                reading = read(text)
                self.assertEqual(asides(reading), set(range(len(reading.clauses))))

    def test_a_person_who_is_ill_now_is_no_aside(self):
        for text in (
            "what is happening, my face is drooping",
            "i have chest pain, can i get an appointment",
            "last year i had a stent and now my chest is crushing",
            "premer jonno more jete iccha kore",
            "watching a film and suddenly i cannot breathe",
        ):
            with self.subTest(text=text):
                reading = read(text)
                self.assertLess(len(asides(reading)), len(reading.clauses))


class Kinds(TestCase):
    """Kinds of emergencies that were missed in fresh words, and harmless texts beside them."""

    def test_emergencies_without_the_usual_words_are_urgent(self):
        for text in (
            "no one would notice if i was gone",
            "whats the point of waking up every day, id rather be dead",
            "ট্রেনের নিচে ঝাঁপ দিতে ইচ্ছা করে",
            "এই পৃথিবীতে আর থাকতে চাই না",
            "ei jibon rekhe ar lav nai",
            "shob shesh kore dite mon chay",
            "he swallowed toilet cleaner",
            "toddler ate my iron pills",
            "ব্যাটারি গিলে ফেলেছে",
            "গায়ে এসিড ছুড়েছে",
            "acid dhele dise",
            "বাচ্চার শ্বাস নেওয়ার সময় বুক ভেতরে ঢুকে যাচ্ছে",
            "baby's ribs go in when she breathes",
            "suddenly my right hand and leg stopped working",
            "andokosh hothat khub betha",
            "চোখ উল্টে গেছে মুখ দিয়ে ফেনা বের হচ্ছে",
            "gulping for air",
        ):
            with self.subTest(text=text):
                self.assertTrue(is_urgent([text]))

    def test_harmless_texts_beside_them_are_not(self):
        for text in (
            "this traffic gives me a heart attack",
            "খিঁচুনি রোগ কি ছোঁয়াচে",
            "দাদা হার্ট অ্যাটাকে মারা গিয়েছিলেন",
            "হাত পা অবশ না, শুধু ঝিঁঝি",
            "how to dye my grey hair safely",
            "my appetite is gone",
            "জ্বর চলে গেলে কি স্কুলে যাবে",
            "হাসপাতালে থাকতে চাই না, বাসায় চিকিৎসা হবে?",
            "বেঁচে থাকার জন্য ব্যায়াম দরকার",
            "jibone kono oshudh khai nai",
            "mukhe acid ashe khabar por",
            "my hand stopped swelling",
            "is it ok to take my pills with milk",
        ):
            with self.subTest(text=text):
                self.assertFalse(is_urgent([text]))

    def test_self_harm_in_other_words_names_the_hotline_first(self):
        with override_settings(SELF_HARM_HOTLINE="The line 01000"):
            for text in ("এই পৃথিবীতে আর থাকতে চাই না", "no one would notice if i was gone"):
                rule = red_flags(text)[0]
                self.assertTrue(rule.shows_hotline)
                self.assertIn("The line 01000", in_their_language(rule, text)[:60])


class Spelling(TestCase):
    def test_a_word_of_one_language_is_never_read_as_one_of_another(self):
        found = knowledge().guess(["shash nite parchi na", "buke betha"])
        self.assertNotIn("Head lice", [candidate.disease for candidate in found.candidates])
        self.assertIn("Chest pain", found.matched)
        self.assertTrue(red_flags("shash nite parchi na"))

    def test_each_way_of_writing_has_at_least_400_everyday_words(self):
        rows = Symptom.objects.all()
        for name in ("synonyms", "synonyms_bn", "synonyms_roman"):
            with self.subTest(name=name):
                self.assertGreaterEqual(sum(len(getattr(row, name)) for row in rows), 400)

    def test_every_list_of_a_rule_exists(self):
        for rule in RedFlag.objects.all():
            for phrase in (phrase for group in rule.groups for phrase in group if "{" in phrase):
                for name in (part.split("}")[0] for part in phrase.split("{")[1:]):
                    if not name.startswith("#") and f"{{{name}}}" != PERSON:
                        with self.subTest(rule=rule.slug, phrase=phrase):
                            self.assertTrue(WordList.objects.filter(slug=name).exists())


class People(TestUsers, TestCase):
    def ask(self, *symptoms: str, **more: object) -> dict:
        return Api(self.alice).post("/predict/disease", {"symptoms": list(symptoms), **more}).json()

    def test_a_baby_of_three_weeks_with_fever_is_urgent(self):
        self.assertTrue(is_urgent(["fever 38.5"], Case(BABY)))
        self.assertFalse(is_urgent(["fever 38.5"], Case(Person(age=30))))
        found = self.ask("fever", person={"age": 0.06})
        self.assertEqual((found["urgent"], found["triage"]), (True, "now"))

    def test_a_date_of_birth_stands_for_the_age(self):
        born = timezone.localdate() - timedelta(days=21)
        self.assertTrue(self.ask("fever", person={"date_of_birth": f"{born}"})["urgent"])

    def test_a_pregnant_person_need_not_say_it_again(self):
        person = {"sex": "female", "weeks": 30}
        self.assertTrue(self.ask("bleeding since morning", person=person)["urgent"])
        asked = {"message": "bleeding since morning"}
        self.assertFalse(Api(self.alice).post("/chat/send-message", asked).json()["urgent"])
        self.assertTrue(Api(self.alice).post("/chat/send-message", {**asked, "person": person}).json()["urgent"])

    def test_of_a_dependant_the_profile_is_known_and_nobody_else_may_ask(self):
        link = open_dependant(
            guardian=self.alice,
            name="Tara",
            birth=Birth(timezone.localdate() - timedelta(days=21)),
            gender="female",
            relation="mother",
            now=timezone.now(),
        )
        mine = {"patient": link.dependant_id}
        self.assertTrue(self.ask("fever", **mine)["urgent"])
        self.assertFalse(self.ask("fever", **mine, person={"age": 30})["urgent"])
        self.assertTrue(Api(self.alice).post("/chat/send-message", {"message": "fever", **mine}).json()["urgent"])
        self.assertEqual(ReadLog.objects.filter(subject=link.dependant_id, what="age and sex").count(), 3)
        for path, body in (("/predict/disease", {"symptoms": ["fever"]}), ("/chat/send-message", {"message": "fever"})):
            answer = Api(self.bob).post(path, {**body, **mine})
            self.assertEqual(answer.status_code, 404)
            self.assertIn("999", answer.json()["detail"])

    def test_nobody_gets_a_condition_that_they_cannot_have(self):
        women = set(
            Condition.objects.filter(affects__in=[Affects.WOMEN, Affects.PREGNANT]).values_list("name", flat=True)
        )
        men = set(Condition.objects.filter(affects=Affects.MEN).values_list("name", flat=True))
        for sex, others in (("male", women), ("female", men)):
            ranked = knowledge().rank(knowledge().understand(["lower belly pain"])[0], Case(Person(sex=sex)))
            self.assertFalse(others & {candidate.disease for candidate in ranked})

    def test_the_callers_own_profile_counts_without_a_person(self):
        self.alice.profile.gender = "male"
        self.alice.profile.save()
        found = self.ask("itching down there", "white discharge")
        names = [found["disease"], *(other["disease"] for other in found["alternatives"])]
        self.assertNotIn(Condition.objects.get(slug="vaginal-thrush").name, names)

    def test_the_callers_own_sex_does_not_count_where_the_words_name_somebody_else(self):
        for text, is_other in (
            ("itching down there", False),
            ("my wife has itching", True),
            ("স্ত্রীর চুলকানি", True),
            ("amar bou er chulkani", True),
            ("amar matha betha", False),
            ("amar mayer jor", True),
        ):
            with self.subTest(text=text):
                self.assertIs(speaks_of_others([text]), is_other)
        self.alice.profile.gender = "male"
        self.alice.profile.save()
        found = self.ask("my wife has itching down there", "white discharge")
        names = [found["disease"], *(other["disease"] for other in found["alternatives"])]
        self.assertIn(Condition.objects.get(slug="vaginal-thrush").name, names)

    def test_unusual_persons_are_refused(self):
        for person in ({"age": -1}, {"age": 131}, {"sex": "x"}, {"weeks": 46}, {"extra": 1}, "x"):
            with self.subTest(person=person):
                body = {"symptoms": ["fever"], "person": person}
                self.assertEqual(Api(self.alice).post("/predict/disease", body).status_code, 422)


class Answers(TestUsers, TestCase):
    def test_a_likely_emergency_is_urgent_and_says_so(self):
        texts = ["pain around the navel", "pain right lower belly", "not hungry"]
        self.assertEqual(likely_emergency(texts).slug, "appendicitis")
        found = Api(self.alice).post("/predict/disease", {"symptoms": texts}).json()
        self.assertEqual((found["urgent"], found["triage"]), (True, "now"))
        self.assertIn("999", found["red_flags"][0]["message"])
        self.assertTrue(found["advice"] and found["danger_signs"] and found["triage_source"])

    def test_a_likely_emergency_is_told_in_the_language_of_who_writes(self):
        for text, said in (("chest pain", "This may be"), ("buke betha", "999 নম্বরে"), ("বুকে ব্যথা", "999 নম্বরে")):
            (warning,) = Api(self.alice).post("/predict/disease", {"symptoms": [text]}).json()["red_flags"]
            self.assertIn(said, warning["message"])

    def test_the_assistant_and_the_checker_agree(self):
        self.enterContext(read_once())
        for sample in read_set(OPEN)[::25]:
            with self.subTest(sample=sample.id):
                (text,) = sample.texts
                checked = Api(self.alice).post("/predict/disease", {"symptoms": [text]})
                urgent = checked.json().get("urgent", False)
                self.assertEqual(send(user=self.bob, message=text, now=timezone.now()).urgent, urgent)

    def test_every_answer_names_the_emergency_number(self):
        api = Api(self.alice)
        for answer in (
            api.post("/predict/disease", {"symptoms": ["fever"]}).json()["way_out"],
            api.post("/predict/disease", {"symptoms": ["zzyzx"]}).json()["detail"],
            api.post("/predict/disease", {"symptoms": []}).json()["detail"],
            api.post("/chat/send-message", {"message": "Who won the cup?"}).json()["answer"],
            api.post("/chat/send-message", {"message": ""}).json()["detail"],
        ):
            self.assertIn("999", answer)

    def test_at_most_two_questions_are_asked_and_none_that_was_answered(self):
        found = Api(self.alice).post("/predict/disease", {"symptoms": ["fever", "headache"]}).json()
        self.assertTrue(1 <= len(found["ask"]) <= 2)
        self.assertFalse({"Fever", "Headache"} & {one["symptom"] for one in found["ask"]})

    def test_duration_and_severity_change_what_is_known(self):
        known = knowledge()
        self.assertIn("prolonged-fever", [known.slugs[pk] for pk in known.known(["fever"], Case(days=20))[0]])
        self.assertIn("high-fever", [known.slugs[pk] for pk in known.known(["fever"], Case(severity="severe"))[0]])

    def test_the_hotline_is_named_first_and_what_is_missing_or_old_is_a_warning(self):
        rule, today = RedFlag.objects.get(slug="suicidal-thoughts"), timezone.localdate()
        whole = {
            "SELF_HARM_HOTLINE": "The line",
            "SELF_HARM_HOTLINE_NUMBER": "01000",
            "SELF_HARM_HOTLINE_SOURCE": "its page",
            "SELF_HARM_HOTLINE_AS_OF": today,
        }
        with override_settings(**whole):
            self.assertIn("The line 01000", in_their_language(rule, "i want to die")[:60])
            self.assertIn("The line 01000", in_their_language(rule, "মরতে চাই")[:60])
            self.assertEqual(warnings()["self_harm_hotline"], "")
            (fact,) = [value for name, value in system_facts() if "Hotline" in str(name)]
            self.assertEqual(fact, f"The line 01000 · its page · {show_date(today)}")
        for changed, said in (
            ({"SELF_HARM_HOTLINE": "", "SELF_HARM_HOTLINE_NUMBER": ""}, "SELF_HARM_HOTLINE"),
            ({"SELF_HARM_HOTLINE_NUMBER": ""}, "SELF_HARM_HOTLINE_NUMBER"),
            ({"SELF_HARM_HOTLINE_SOURCE": ""}, "SELF_HARM_HOTLINE_SOURCE"),
            ({"SELF_HARM_HOTLINE_AS_OF": None}, "SELF_HARM_HOTLINE_AS_OF"),
            ({"SELF_HARM_HOTLINE_AS_OF": today - timedelta(days=366)}, "check its number"),
            ({"SELF_HARM_HOTLINE_AS_OF": today + timedelta(days=1)}, "check its number"),
        ):
            with self.subTest(changed), override_settings(**{**whole, **changed}):
                self.assertIn(said, warnings()["self_harm_hotline"])
        self.assertEqual(red_flags("i took rat poison, i want to die")[0].slug, "suicidal-thoughts")


@tag("any_database")
class Sets(TestCase):
    """The texts are read by rules in memory, which do not depend on the database."""

    def test_both_halves_have_half_of_300_emergencies_and_harmless_texts_in_each_way_of_writing(self):
        for path in (OPEN, HELD_OUT):
            samples = read_set(path)
            for language in ("en", "bn", "bn-Latn"):
                for is_now in (True, False):
                    some = [one for one in samples if one.language == language and one.is_now is is_now]
                    with self.subTest(path=path.name, language=language, now=is_now):
                        self.assertGreaterEqual(len(some), 150)

    def test_red_flags_stay_within_their_goals_on_the_sets_that_they_know(self):
        for path in (OPEN, BLIND):
            samples = read_set(path)
            for is_now in (True, False):
                with read_once():
                    found = [is_urgent(one.texts, one.case) for one in samples if one.is_now is is_now]
                share = sum(found) / len(found)
                with self.subTest(path=path.name, now=is_now):
                    self.assertTrue(share >= 0.95 if is_now else share <= 0.05)

    def test_a_set_of_another_form_is_refused_with_its_line(self):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "set.jsonl"
            for line in ("{", "[]", '{"id": "a"}', '{"id": "a", "symptoms": "x", "language": "en", "triage": "now"}'):
                path.write_text(line, encoding="utf-8")
                with self.subTest(line=line), self.assertRaisesMessage(BadSet, "line 1"):
                    read_set(path)
                with self.assertRaises(CommandError):
                    call_command("evaluate", path=path)
            row = '{"id": "a", "text": "x", "language": "en", "triage": "now"'
            for line, said in (
                (row.replace('"en"', '"xx"') + "}", "bn-Latn"),
                (row.replace('"now"', '"nwo"') + "}", "line 1: ValueError: write `triage` as one of now, today, soon"),
                (row + ', "trriage": "now"}', "unknown: 'trriage'; allowed are id, text"),
                (row + ', "severity": "sever"}', "one of mild, moderate, severe"),
                (row + ', "duration": "3 days"}', "whole number of days"),
                (row + ', "condition": "dengu"}', "unknown condition 'dengu'"),
                (row + ', "symptoms": ["x"]}', "either `text` or `symptoms`"),
                (row + ', "person": {"aeg": 3}}', "unknown: 'aeg'; allowed are age, sex"),
                (row + ', "person": {"sex": "f"}}', "one of female, male"),
                (row + ', "person": {"pregnant": "yes"}}', "true or false"),
                (row + ', "person": {"age": "three"}}', "`age` as a number"),
                (row.replace('"text": "x"', '"symptoms": []') + "}", "list of texts"),
                ("", "no line"),
                ("\udcff", "UTF-8"),
            ):
                path.write_text(line, encoding="utf-8", errors="surrogateescape")
                with self.subTest(line=line), self.assertRaisesMessage(CommandError, said):
                    call_command("evaluate", path=path)
