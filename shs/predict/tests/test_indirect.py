"""Indirect words for self-harm, negation in one clause beside a sign in the next, and how phrases are written."""

from itertools import permutations, product

from django.test import SimpleTestCase, TestCase

from shs.predict.sets import SELF_HARM, read_set
from shs.predict.tests.once import read_once
from shs.predict.urgency import matching, red_flags, rules
from shs.predict.words import Lexicon

SIGNS = {
    "burden-to-others": ["i feel like a burdon to everyone", "আমার না থাকাই ভালো", "ami sobar kache bojha"],
    "saying-goodbye": ["this is my last message", "সবাই আমাকে মাফ করে দিও", "amar meye likhse biday sobai"],
    "giving-things-away": [
        "she is giving away her favourite things",
        "জিনিসপত্র সবাইকে দিয়ে দিচ্ছে",
        "jinish biliye dicche",
    ],
    "no-reason-to-live": ["no reason to go on living", "বেঁচে থাকার কোনো কারণ নেই", "ar bachte iccha kore na"],
    "hopeless-or-trapped": ["i see no way out", "জীবনটা আর ভালো লাগে না", "jibon ar bhalo lage na"],
    "wish-to-be-gone": ["i wish i had never been born", "মরলেই শান্তি", "duniya theke chole jete chai"],
    "wish-not-to-wake": ["sleep and not wake up", "ঘুম থেকে আর উঠতে চাই না", "ghum theke ar uthte chai na"],
    "looking-for-means": ["stockpiling tablets"],
    "has-a-plan": ["ready to do it tonight", "কয়টা ঘুমের বড়ি খেলে মরে যাব", "koyta ghumer tablet khele more jabo"],
    "hurts-themselves": ["my teenager is cutting her arms", "মেয়ের হাতে ব্লেডের দাগ", "hate blade diye kati"],
    "others-fear-suicide": ["my son keeps talking about dying", "আমার মেয়ে বলে সে মরে যাবে", "meye bole more jabe"],
}
HARMLESS = [
    "dying to see the film",
    "this exam is killing me",
    "more jacchi gorome",
    "bhuke more gelam",
    "i want more information",
    "at the end of the day my legs ache",
    "tired of living with acne",
    "রিপোর্টের লেখা বোঝা যায় না",
    "রোদ না থাকলে ভালো লাগে",
    "ব্যথা থেকে মুক্তি চাই",
    "জীবনে প্রথম গর্ভবতী হলাম",
    "বাচ্চা ভাত খেতে চায় না",
    "ami ar chini khabo na",
    "kajer chape more jacchi",
    "ওষুধ ফ্রিজে জমা রাখা যাবে?",
    "ami morte chai na",
]
CLAUSES = {
    "en": [
        ("crushing chest pain", "i have no crushing chest pain"),
        ("vomiting blood", "i am not vomiting blood"),
        ("my face is drooping", "no face drooping"),
        ("i cannot breathe", "no trouble breathing"),
        ("snake bite", "no snake bite"),
    ],
    "bn": [
        ("বুকে প্রচণ্ড চাপ", "বুকে প্রচণ্ড চাপ নেই"),
        ("রক্ত বমি হচ্ছে", "রক্ত বমি হচ্ছে না"),
        ("মুখ বেঁকে গেছে", "মুখ বেঁকে যায়নি"),
        ("শ্বাস নিতে পারছি না", "শ্বাসকষ্ট নেই"),
        ("সাপে কামড় দিয়েছে", "সাপে কামড়ায়নি"),
    ],
    "bn-Latn": [
        ("buke prochondo chap", "buke prochondo chap nai"),
        ("rokto bomi hocche", "rokto bomi hocche na"),
        ("mukh beke gese", "mukh beke jay ni"),
        ("shash nite parchi na", "shashkosto nai"),
        ("shape kamor diyeche", "shape kamor dey ni"),
    ],
}
JOINED = {
    "en": [" and ", " but ", " & ", " but now "],
    "bn": [" আর ", " এবং ", " কিন্তু ", " তবুও "],
    "bn-Latn": [" ar ", " r ", " ebong ", " kintu ", " but "],
}


class Indirect(TestCase):
    def setUp(self):
        self.enterContext(read_once())

    def test_each_sign_is_found_in_three_ways_of_writing_and_names_the_hotline_first(self):
        for slug, texts in SIGNS.items():
            for text in texts:
                with self.subTest(text=text):
                    found = red_flags(text)
                    self.assertIn(slug, [rule.slug for rule in found])
                    self.assertTrue(found[0].shows_hotline)

    def test_figures_of_speech_and_everyday_words_are_no_alarm(self):
        for text in HARMLESS:
            with self.subTest(text=text):
                self.assertEqual([rule.slug for rule in red_flags(text)], [])

    def test_the_set_is_found_as_it_was_when_measured(self):
        present = rules()
        for is_now, (least, most) in ((True, (48, 66)), (False, (0, 8))):
            texts = [one.texts[0] for one in read_set(SELF_HARM) if one.is_now is is_now]
            self.assertEqual(len(texts), 66)
            number = sum(bool(matching(present, text)) for text in texts)
            self.assertTrue(least <= number <= most, number)


class Negation(TestCase):
    def test_a_denial_ends_with_its_clause_and_begins_with_it(self):
        present = rules()

        def found(text: str) -> set[str]:
            return {rule.slug for rule in matching(present, text)}

        for language, pairs in CLAUSES.items():
            for sign, denied in pairs:
                with self.subTest(denied=denied):
                    self.assertEqual((found(denied), bool(found(sign))), (set(), True))
            for ((sign, _no), (_yes, denied)), joined in product(permutations(pairs, 2), JOINED[language]):
                for text in (f"{denied}{joined}{sign}", f"{sign}{joined}{denied}"):
                    with self.subTest(text=text):
                        self.assertLessEqual(found(sign), found(text))
                    with self.subTest(text=text):
                        self.assertEqual(found(f"{denied}{joined}{denied}"), set())


class Writing(SimpleTestCase):
    def phrases(self, text: str, *phrases: str) -> list[str]:
        return [one.phrase for one in Lexicon(phrases).find(text) if not one.denied]

    def test_a_phrase_with_a_person_needs_one_in_its_sentence(self):
        for text, is_found in (
            ("nobody misses me", True),
            ("আমার কথা কেউ মনে রাখে না, nobody misses", True),
            ("nobody misses the match", False),
            ("my leg hurts. nobody misses it", False),
        ):
            with self.subTest(text=text):
                self.assertEqual(bool(self.phrases(text, "{i} nobody misses")), is_found)

    def test_exact_words_follow_one_another_also_fillers(self):
        self.assertTrue(self.phrases("i want to end it now", "=end it"))
        self.assertTrue(self.phrases("ami na thakle ki hobe", "=আমি না থাকলে"))
        for text in ("the end of it", "it will end", "in the end my leg hurts"):
            with self.subTest(text=text):
                self.assertFalse(self.phrases(text, "=end it"))

    def test_the_root_of_a_verb_stands_for_its_forms(self):
        lexicon = Lexicon(["দরজা {open}"], {"open": ["~ভাঙ"]})
        for text in ("দরজা ভাঙছে", "dorja bhangtese", "দরজা ভাঙলো"):
            with self.subTest(text=text):
                self.assertTrue(list(lexicon.find(text)))
        self.assertFalse(list(lexicon.find("দরজা বন্ধ")))

    def test_a_sentence_between_gasps_is_read_as_one(self):
        self.assertTrue(self.phrases("cannot.. finish.. my.. sentence", "cannot finish sentence"))
        self.assertFalse(self.phrases("i cannot eat my rice today... sentence done", "cannot sentence"))

    def test_a_thing_said_to_be_far_off_is_denied(self):
        self.assertFalse(self.phrases("bomi te rokto to dur", "bomi rokto"))

    def test_what_shares_a_word_with_something_denied_is_denied(self):
        phrases = ("crushing chest", "chest pain", "fever")
        self.assertEqual(self.phrases("no crushing chest pain, fever", *phrases), ["fever"])
        self.assertEqual(self.phrases("no crushing chest but fever", *phrases), ["fever"])
