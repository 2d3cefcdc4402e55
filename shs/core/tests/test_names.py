"""Names as they are heard."""

import re
import unicodedata

from django.test import SimpleTestCase, tag
from hypothesis import given, settings
from hypothesis import strategies as st

from shs.core.names import asked, fold, key, roman, sound, stored, words
from shs.core.records.derived import phone_digits

SAME = (
    "Rahman Rohoman Rehman Rahmaan রহমান",
    "Mohammad Muhammad Mohammed Md. Mohd মোহাম্মদ মুহাম্মদ মোঃ",
    "Hossain Hussein Hosen Husain হোসেন হোসাইন",
    "Hasan Hassan হাসান",
    "Akter Akhtar Aktar আক্তার আকতার",
    "Chowdhury Choudhury Chaudhuri Chowdhuri চৌধুরী",
    "Begum Begom বেগম",
    "Khatun Khatoon খাতুন",
    "Sheikh Shaikh Sk. শেখ",
    "Mahmud Mahmood মাহমুদ",
    "Islam Eslam ইসলাম",
    "Mia Miah Miya মিয়া মিঞা",
    "Wahid Ohid Waheed ওয়াহিদ",
    "Yusuf Yousuf Eusuf ইউসুফ",
    "Fatema Fatima Fatemah ফাতেমা",
    "Haque Hoque Huq হক",
    "Uddin Uddeen উদ্দিন",
    "Zaman Jaman জামান",
    "Biswas Bishwas বিশ্বাস",
    "Anwar Anowar আনোয়ার",
    "Ayesha Aisha আয়েশা",
    "Siddique Siddiki সিদ্দিক",
    "Roy Ray রায়",
    "Mosammat Mst. মোছাঃ মোসাম্মৎ",
)
UNLIKE = ("Hasan Hossain", "Rahim Rahima", "Mahmud Mohammad", "Karim Kabir", "Islam Aslam", "Salam Selim", "Amin Amina")
BANGLA = st.text(st.characters(min_codepoint=0x0980, max_codepoint=0x09FE))
TEXTS = st.one_of(st.text(max_size=40), BANGLA, st.text("abehimnorsuyz ", max_size=30))
MANY = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def key_of(name: str) -> str:
    (word,) = words(name)
    return key(word)


@tag("any_database")
class Heard(SimpleTestCase):
    def test_the_spellings_of_a_name_are_one(self):
        for names in SAME:
            with self.subTest(names=names):
                self.assertEqual(len({key_of(name) for name in names.split()}), 1)

    def test_other_names_stay_others(self):
        for names in UNLIKE:
            with self.subTest(names=names):
                self.assertEqual(len({key_of(name) for name in names.split()}), 2)

    def test_bangla_is_written_as_names_are_spelt(self):
        for name, spelt in {
            "করিম": "karim",
            "আব্দুল্লাহ": "abdullah",
            "নাসরিন": "nasarin",
            "দেলোয়ার": "delowar",
            "পার্থ": "partha",
            "চৌধুরী": "chowdhury",
            "মোঃ": "mohammad",
        }.items():
            with self.subTest(name=name):
                self.assertEqual(roman(fold(name)), spelt)

    def test_texts_that_look_alike_are_folded_to_one(self):
        for names in (
            ("রা\u09df", "রা\u09af\u09bc"),
            ("ব\u09dc", "ব\u09a1\u09bc"),
            ("মো\u200dঃ", "মোঃ"),
            ("José", "jose", "JOSE\u0301", "ＪＯＳＥ"),
            ("১২৩", "123", "１２３", "١٢٣"),
            ("র\u200cহমান", "\u09f0হমান", "\ufeffরহমান"),
        ):
            with self.subTest(names=names):
                self.assertEqual(len(set(map(fold, names))), 1)

    def test_titles_are_no_part_of_a_name_unless_there_is_nothing_else(self):
        self.assertEqual(words("Dr. Karim"), words("ডাঃ করিম"))
        self.assertEqual(words("Dr."), ["dr"])

    def test_phones_in_any_spelling_have_the_same_digits(self):
        for text in (
            "+880 1712-345678",
            "01712 345678",
            "(০১৭১২) ৩৪৫৬৭৮",
            "008801712345678",
            "\u202a+8801712345678\u202c",
        ):
            with self.subTest(text=text):
                self.assertEqual(phone_digits(text), "01712345678")
        self.assertEqual(phone_digits("+44 7911 123456"), "447911123456")


@tag("any_database")
class OfAnyText(SimpleTestCase):
    @MANY
    @given(TEXTS)
    def test_folding_twice_changes_nothing(self, text: str):
        self.assertEqual(fold(fold(text)), fold(text))

    @MANY
    @given(TEXTS)
    def test_composition_case_and_joiners_do_not_matter(self, text: str):
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            self.assertEqual(fold(unicodedata.normalize(form, text)), fold(text))
        self.assertEqual(fold("\u200d".join(text)), fold(text))
        self.assertEqual(fold(text.casefold()), fold(text))

    @MANY
    @given(TEXTS)
    def test_a_stored_name_is_found_by_itself(self, text: str):
        kept = stored(text).split()
        for terms in asked(text):
            found = any(
                word.startswith(term.text) if term.begins else word == term.text for term in terms for word in kept
            )
            self.assertTrue(found)

    @MANY
    @given(TEXTS)
    def test_terms_have_no_character_that_an_index_reads_as_a_sign(self, text: str):
        for term in (term for terms in asked(text, nearly=True) for term in terms):
            self.assertIsNone(re.search(r"[\s'\"&|!():*<>\\\x00]", term.text))

    @MANY
    @given(st.text("abcdefghiklmnoprstuy", min_size=5, max_size=12), st.data())
    def test_a_word_is_found_with_a_letter_too_few_or_too_many(self, word: str, data: st.DataObject):
        heard = sound(word)
        at = data.draw(st.integers(0, len(heard) - 1))
        for typed in (heard[:at] + heard[at + 1 :], heard[:at] + "p" + heard[at:]):
            if len(sound(typed)) == len(typed) >= 4 and sound(typed) == typed and len(heard) >= 4:
                kept = set(stored(word).split())
                self.assertTrue(any(term.text in kept for term in asked(typed, nearly=True)[0]))

    @MANY
    @given(BANGLA)
    def test_bangla_becomes_latin(self, text: str):
        for word in words(text):
            self.assertTrue(word.isascii() and word.isalnum(), word)
