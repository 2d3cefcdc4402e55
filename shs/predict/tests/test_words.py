"""Reading what patients write."""

from django.test import SimpleTestCase

from shs.predict.words import MOST_WORDS, Lexicon, allowance, distance, stem

PHRASES = ["fever", "high fever", "chest pain", "vomiting blood", "breathless", "loose motion", "cannot see", "জ্বর",
           "বুকে ব্যথা", "শ্বাস নিতে পার", "stomach pain", "diarrhoea"]  # fmt: skip
LEXICON = Lexicon(PHRASES)


def said(text: str) -> set[str]:
    """The phrases that are in `text` and not denied."""
    return {found.phrase for found in LEXICON.find(text) if not found.denied}


class Phrases(SimpleTestCase):
    def test_the_order_of_words_and_small_words_between_them_do_not_matter(self):
        for text in ("chest pain", "Pain in my chest", "CHEST: a pain", "pain, chest pain", "pain in the left chest"):
            with self.subTest(text=text):
                self.assertEqual("chest pain" in said(text), text != "CHEST: a pain")

    def test_words_that_are_far_apart_are_no_phrase(self):
        self.assertEqual(said("pain of the head and then of the whole chest"), set())

    def test_endings_and_words_that_begin_alike_do_not_matter(self):
        for text, phrase in (
            ("fevers", "fever"),
            ("breathlessness", "breathless"),
            ("vomited blood", "vomiting blood"),
            ("loose motions", "loose motion"),
            ("জ্বরের", "জ্বর"),
            ("my tummy hurts", "stomach pain"),
        ):
            with self.subTest(text=text):
                self.assertIn(phrase, said(text))

    def test_small_misspellings_are_read(self):
        for text, phrase in (
            ("feaver", "fever"),
            ("fevr", "fever"),
            ("chest pian", "chest pain"),
            ("diarhoea", "diarrhoea"),
            ("diarrohea", "diarrhoea"),
            ("vomitting blood", "vomiting blood"),
            ("lose motion", "loose motion"),
        ):
            with self.subTest(text=text):
                self.assertIn(phrase, said(text))

    def test_other_words_are_left_alone(self):
        for text in ("forever", "favour", "cost", "rain in the west", "", "...", "💉", "\u202e", "ড", "999"):
            with self.subTest(text=text):
                self.assertEqual(said(text), set())

    def test_bangla_is_the_same_in_either_way_of_writing_a_letter(self):
        lexicon = Lexicon(["\u0997\u09be\u09df"])  # one code point for the last letter
        self.assertTrue(list(lexicon.find("\u0997\u09be\u09af\u09bc")))  # two

    def test_a_text_without_an_end_is_read_in_part(self):
        self.assertEqual(said("word " * MOST_WORDS + "fever"), set())
        self.assertEqual(said("word " * (MOST_WORDS - 1) + "fever"), {"fever"})


class Denials(SimpleTestCase):
    def test_what_is_denied_is_not_said(self):
        for text in (
            "no chest pain",
            "No, no severe chest pain",
            "I do not have any chest pain",
            "I don't have chest pain",
            "without chest pain",
            "denies chest pain",
            "no cough or chest pain",
            "no cough, no chest pain",
            "never had chest pain",
            "বুকে ব্যথা নেই",
            "বুকে ব্যথা হয় না",
        ):
            with self.subTest(text=text):
                self.assertNotIn("chest pain", said(text))
                self.assertNotIn("বুকে ব্যথা", said(text))

    def test_what_is_beside_a_denial_is_said(self):
        for text in (
            "no fever but chest pain",
            "no fever and chest pain",
            "no fever, chest pain",
            "no fever. chest pain",
            "not only chest pain",
            "not sure, chest pain",
            "the tablets do not help my chest pain",
            "chest pain, no fever",
            "জ্বর নেই কিন্তু বুকে ব্যথা",
        ):
            with self.subTest(text=text):
                self.assertTrue({"chest pain", "বুকে ব্যথা"} & said(text))

    def test_a_complaint_that_is_itself_a_denial_is_said(self):
        self.assertEqual(said("I cannot see"), {"cannot see"})
        self.assertEqual(said("শ্বাস নিতে পারছি না"), {"শ্বাস নিতে পার"})

    def test_a_denial_amid_the_words_of_a_phrase_splits_it(self):
        self.assertEqual(said("blood not vomiting"), set())


class Letters(SimpleTestCase):
    def test_letters_that_are_wrong_missing_added_or_swapped_are_counted(self):
        for one, other, expected in (
            ("fever", "fever", 0),
            ("fevr", "fever", 1),
            ("feaver", "fever", 1),
            ("pian", "pain", 1),
            ("diarhea", "diarrhoea", 2),
            ("cat", "elephant", 3),
        ):
            with self.subTest(one=one):
                self.assertEqual(distance(one, other, 2), expected)

    def test_short_words_must_be_right(self):
        self.assertEqual([allowance(word) for word in ("leg", "pain", "stomach", "diarrhoea")], [0, 1, 1, 2])

    def test_two_forms_of_a_word_have_one_stem(self):
        for one, other in (("vomiting", "vomits"), ("runny", "running"), ("bleed", "bleeding"), ("জ্বরে", "জ্বর")):
            with self.subTest(one=one):
                self.assertEqual(stem(one), stem(other))
