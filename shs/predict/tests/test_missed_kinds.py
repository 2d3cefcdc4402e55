"""Kinds of texts that were once missed or raised a false alarm, each with others of its kind."""

from django.test import TestCase, tag

from shs.predict.letters import plain
from shs.predict.models import Condition, Triage
from shs.predict.predictor import Candidate, knowledge
from shs.predict.services import is_urgent
from shs.predict.tests.once import read_once
from shs.predict.urgency import ALONE_SHARE, emergency, rated

FOUND = {
    "sweating sounds like a game": ["বাবা ঘেমে নেয়ে গেছে, বুকে চাপ", "abba gheme jacche buke chap"],
    "now there is no consciousness": ["ekhon gyan nai", "এখন হুঁশ নাই", "এখন শ্বাস নাই"],
    "thanks, a film or a class around somebody who is ill": [
        "thanks for your help, my dad has chest pain and is sweating",
        "ধন্যবাদ ডাক্তার সাহেব, বাবার বুকে ব্যথা ঘাম হচ্ছে",
        "we were watching a movie and dad collapsed, not answering",
        "a stray puppy bit my son, bleeding",
        "lol i took 30 napa",
        "haha amar matha fete rokto ber hocche",
    ],
    "relatives are not always long ago": [
        "my uncle was bitten by a snake",
        "my grandfather had chest pain since morning and is sweating",
        "দাদি গোসলখানায় ছিল পড়ে মাথা ফেটে রক্ত পড়ছে",
        "nani ghore chilen pore giye gyan harailo",
    ],
    "a cut is no notebook": ["hat kata onek rokto", "machine e hater angul kata porse"],
    "the fever of dengue is gone": ["dengue fever gone 2 days, now stomach pain and vomiting"],
    "fits": ["vaier khichuni hoitese", "wife is having fits"],
    "eyes": ["curtain coming down over my left eye", "welding er loha chokhe dhuke gese", "চোখে সুপারগ্লু পড়েছে"],
    "danger to others": ["da niye shobaike tara kortese", "কানে আওয়াজ শোনে, আওয়াজ বলে মা কে মারতে"],
    "birth": ["ফুল পড়ে নাই এক ঘন্টা হয়ে গেছে বাচ্চা হওয়ার", "dui din dhore prosob betha baccha hoy na"],
    "poison": ["she ate yellow oleander seeds", "fenail kheye felse pichhi", "মশার লিকুইড চেটে খাইছে বাবু"],
    "injury": ["bamboo stick went inside stomach", "plaster given yesterday now fingers blue and numb"],
    "letters and marks that nobody sees, accents, stretched words": [
        "ＣＨＥＳＴ ＰＡＩＮ and sweating",
        "chèst páin sweating",
        "ch\u00adest pa\u2060in swea\ufeffting",
        "cheeest paaain and sweattting",
        "nishaaaash nite parchi naaaa",
        "শ্বা\u200bস নি\u200cতে পার\u2063ছি না",
    ],
}
HARMLESS = {
    "a doctor is not a call": ["ডাক্তার আজকে আসবে না?", "daktar bolse kichu na", "ডাক্তার দেখাই নাই"],
    "spice and broth are no burn": ["ঝাল খেলে বুক জ্বালা করে মাঝে মাঝে", "jhol torkari khele gola jole", "মুখে জল আসে"],
    "an ache is no battery": ["pet betha, oshudh khaisi, bomi", "মাথা ব্যথায় একটা নাপা খাইছি"],
    "heavy or twitching": ["my legs feel heavy after standing all day at shop", "my left eye twitches when tired"],
    "not going to": ["i am sad about the breakup but not going to hurt myself"],
    "no worry": ["jor komse, chinta nai"],
    "news, lessons and novels": [
        "my novel's character takes poison, is it realistic",
        "write a paragraph on drowning of children in bangladesh",
        "পেপারে পড়লাম একজনকে বিষ খাইয়ে মেরেছে",
    ],
    "questions about medicines": ["napa r gaser oshudh eksathe khawa jay?", "নাপা আর গ্যাসের ওষুধ একসাথে খাওয়া যায়?"],
    "figures of speech": ["traffic makes me want to bang my head on wall", "report pore matha ghure gelo, eto khoroch"],
    "daily life": ["i feel sleepy after lunch every day", "nose bled for a minute after picking, stopped"],
    "two mild signs of a cold": ["scratchy throat n little temperature since last nite"],
    "thanks": ["thank you doctor my fathers chest pain is gone after medicine"],
}


@tag("any_database")
class Kinds(TestCase):
    """The texts are read by rules in memory, which do not depend on the database."""

    def setUp(self):
        self.enterContext(read_once())

    def test_what_was_missed_is_found_and_what_is_harmless_raises_no_alarm(self):
        for kinds, urgent in ((FOUND, True), (HARMLESS, False)):
            for kind, texts in kinds.items():
                for text in texts:
                    with self.subTest(kind=kind, text=text):
                        self.assertIs(is_urgent([text]), urgent)

    def test_what_nobody_sees_is_left_out(self):
        self.assertEqual(plain("\u202eChe\u00adst\ufe0f naïve 1000 aaaa"), "chest naive 1000 aa")

    def test_no_single_symptom_leaves_an_emergency_first_and_the_answer_calm(self):
        known, conditions = knowledge(), Condition.objects.filter(is_active=True)
        for name in known.names.values():
            guess = known.guess([name])
            found = rated(guess.candidates, conditions=conditions)
            if found and found[0].condition is not None and found[0].condition.triage == Triage.NOW and guess.signs:
                with self.subTest(symptom=name):
                    is_likely = found[0].candidate.confidence >= ALONE_SHARE
                    self.assertEqual(emergency(found, guess.signs) is not None, is_likely)

    def test_one_symptom_needs_the_emergency_to_be_the_likeliest(self):
        first, second = rated([Candidate("Heart attack (myocardial infarction)", 0.3), Candidate("Common cold", 0.6)])
        self.assertIsNotNone(emergency([first, second], 1))
        self.assertIsNone(emergency([second, first], 1))
        self.assertIsNotNone(emergency([second, first], 2))
