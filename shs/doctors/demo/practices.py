"""Specialties of the demo network."""

from typing import NamedTuple


class Practice(NamedTuple):
    """One specialty by the slug of its row; its texts are sentences without a full stop."""

    slug: str
    degree: str
    cares_for: str


PRACTICES = (
    Practice(
        "cardiology",
        "MD (Cardiology)",
        "high blood pressure, chest pain and heart failure",
    ),
    Practice(
        "paediatrics",
        "FCPS (Paediatrics)",
        "children from birth to sixteen years",
    ),
    Practice(
        "gynaecology-and-obstetrics",
        "FCPS (Obstetrics and Gynaecology)",
        "pregnancy, birth and women's health",
    ),
    Practice(
        "internal-medicine",
        "FCPS (Medicine)",
        "fever, diabetes and long illnesses of adults",
    ),
    Practice(
        "dermatology-and-venereology",
        "DDV",
        "eczema, acne and infections of the skin",
    ),
    Practice(
        "orthopaedic-surgery",
        "MS (Orthopaedics)",
        "broken bones, back pain and worn joints",
    ),
    Practice(
        "family-medicine",
        "MCGP",
        "the whole family, and who should see which specialist",
    ),
    Practice(
        "endocrinology-and-metabolism",
        "MD (Endocrinology)",
        "diabetes and the thyroid",
    ),
    Practice(
        "gastroenterology",
        "MD (Gastroenterology)",
        "the stomach, the bowel and digestion",
    ),
    Practice(
        "ophthalmology",
        "FCPS (Ophthalmology)",
        "cataract, glaucoma and glasses",
    ),
    Practice(
        "otolaryngology",
        "FCPS (ENT)",
        "ear, nose and throat",
    ),
    Practice(
        "neurology",
        "MD (Neurology)",
        "headache, stroke and epilepsy",
    ),
    Practice(
        "psychiatry",
        "MD (Psychiatry)",
        "depression, anxiety and sleep",
    ),
    Practice(
        "pulmonology",
        "MD (Chest Diseases)",
        "asthma, COPD and tuberculosis",
    ),
    Practice(
        "nephrology",
        "MD (Nephrology)",
        "the kidneys, and blood pressure that comes from them",
    ),
    Practice(
        "urology",
        "MS (Urology)",
        "kidney stones and the prostate",
    ),
    Practice(
        "general-surgery",
        "FCPS (Surgery)",
        "hernia, gallstones and the appendix",
    ),
    Practice(
        "rheumatology",
        "MD (Rheumatology)",
        "painful and swollen joints",
    ),
    Practice(
        "physical-medicine-and-rehabilitation",
        "FCPS (Physical Medicine)",
        "recovery after stroke, injury and operations",
    ),
    Practice(
        "dentistry",
        "BDS",
        "teeth and gums",
    ),
)

TIME_OFF = ("Conference", "Family visit", "Training course", "Annual leave")

LANGUAGES = (["Bangla", "English"], ["Bangla", "English"], ["Bangla"], ["Bangla", "English", "Hindi"])
