"""Texts of the demo: articles on public health in our own words, each with its source, read from the files beside this
one; and comments."""

import tomllib
from pathlib import Path
from typing import NamedTuple


class Article(NamedTuple):
    """One article; `text` has paragraphs separated by empty lines, `category` is a slug."""

    title: str
    category: str
    tags: list[str]
    source: str
    text: str


CLOSING = (
    "This is general information and replaces no visit. Ask a doctor about your own case; in an emergency call 999."
)
FILES = ("infections", "living", "care")

ARTICLES = [
    Article(**entry)
    for name in FILES
    for entry in tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))["article"]
]

KIND_COMMENTS = (
    "Thank you, doctor. I shared this with my mother.",
    "Very clear. Could you also write about what to eat during the illness?",
    "Our village health worker told us the same.",
    "I did not know this. We will be more careful now.",
    "Please print this in Bangla for the waiting room.",
    "ধন্যবাদ স্যার, খুব উপকারী লেখা।",
    "খুব সহজ করে বুঝিয়েছেন। বাসার সবাইকে পড়ে শোনালাম।",
    "গ্রামের মানুষের জন্য এমন লেখা আরও দরকার।",
    "আমার বাবার একই সমস্যা ছিল, সময়মতো হাসপাতালে নিয়ে ভালো হয়েছেন।",
    "লেখাটি পড়ে সাহস পেলাম, ধন্যবাদ।",
)
BAD_COMMENTS = (
    ("Call me for herbal powder, cures everything in 7 days, home delivery!!!", "Advertising for a false cure"),
    ("All doctors only want your money, do not listen to them.", "Insulting, and no help to anybody"),
    ("Vaccines are not needed, my children never got any.", "Dangerous false advice"),
    ("ডায়াবেটিস ৭ দিনে নির্মূল, ইনবক্স করুন।", "মিথ্যা বিজ্ঞাপন"),
    ("Stop the tablets when you feel well, I did the same.", "Wrong advice about medicines"),
)
REVIEW_COMPLAINTS = ("This is about the parking, not about the doctor.", "I think this person was never there.")
ASKED_FOR = "Please say for which age the dose holds, and name the page of the guideline."
EDITED = "\n\nUpdated: your pharmacy or the nearest health complex can show you how it is done."
