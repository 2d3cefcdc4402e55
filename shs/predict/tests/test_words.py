"""Finding phrases in texts by patients."""

from django.test import SimpleTestCase

from shs.predict.words import MOST_WORDS, Lexicon, allowance, distance, stem

PHRASES = ["fever", "high fever", "chest pain", "vomiting blood", "breathless", "loose motion", "cannot see", "জ্বর",
           "বুকে ব্যথা", "শ্বাস নিতে পার", "stomach pain", "diarrhoea"]  # fmt: skip
LEXICON = Lexicon(PHRASES)


def said(text: str) -> set[str]:
    """The phrases that occur in `text` and are not negated."""
    return {found.phrase for found in LEXICON.find(text) if not found.denied}


class Phrases(SimpleTestCase):
    def test_word_order_and_small_words_between_are_ignored(self):
        for text in ("chest pain", "Pain in my chest", "CHEST: a pain", "pain, chest pain", "pain in the left chest"):
            with self.subTest(text=text):
                self.assertEqual("chest pain" in said(text), text != "CHEST: a pain")

    def test_words_that_are_far_apart_do_not_match(self):
        self.assertEqual(said("pain of the head and then of the whole chest"), set())

    def test_word_endings_are_ignored(self):
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

    def test_small_misspellings_match(self):
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

    def test_other_words_do_not_match(self):
        for text in ("forever", "favour", "cost", "rain in the west", "", "...", "💉", "\u202e", "ড", "999"):
            with self.subTest(text=text):
                self.assertEqual(said(text), set())

    def test_both_encodings_of_a_bangla_letter_match(self):
        lexicon = Lexicon(["\u0997\u09be\u09df"])  # the last letter as one code point
        self.assertTrue(list(lexicon.find("\u0997\u09be\u09af\u09bc")))  # as two code points

    def test_only_the_beginning_of_a_long_text_is_read(self):
        self.assertEqual(said("word " * MOST_WORDS + "fever"), set())
        self.assertEqual(said("word " * (MOST_WORDS - 1) + "fever"), {"fever"})


class Negations(SimpleTestCase):
    def test_a_negated_phrase_does_not_match(self):
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

    def test_a_phrase_beside_a_negation_matches(self):
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

    def test_a_phrase_that_contains_a_negation_matches(self):
        self.assertEqual(said("I cannot see"), {"cannot see"})
        self.assertEqual(said("শ্বাস নিতে পারছি না"), {"শ্বাস নিতে পার"})

    def test_a_negation_inside_a_phrase_prevents_the_match(self):
        self.assertEqual(said("blood not vomiting"), set())


class Letters(SimpleTestCase):
    def test_edit_distance_counts_wrong_missing_added_and_swapped_letters(self):
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

    def test_short_words_must_match_exactly(self):
        self.assertEqual([allowance(word) for word in ("leg", "pain", "stomach", "diarrhoea")], [0, 1, 1, 2])

    def test_two_forms_of_a_word_have_one_stem(self):
        for one, other in (("vomiting", "vomits"), ("runny", "running"), ("bleed", "bleeding"), ("জ্বরে", "জ্বর")):
            with self.subTest(one=one):
                self.assertEqual(stem(one), stem(other))
