"""What doctors of the made-up network practise, what brings patients to them, and what both write afterwards."""

from typing import NamedTuple


class Practice(NamedTuple):
    """One specialty, by the short name of its row; what is said of it are sentences without a full stop."""

    slug: str
    degree: str
    cares_for: str
    reasons: tuple[str, ...]


PRACTICES = (
    Practice(
        "cardiology",
        "MD (Cardiology)",
        "high blood pressure, chest pain and heart failure",
        ("Chest tightness when climbing stairs", "Blood pressure check", "Palpitations in the evening"),
    ),
    Practice(
        "paediatrics",
        "FCPS (Paediatrics)",
        "children from birth to sixteen years",
        ("Child with fever for two days", "Child's cough at night", "Child with loose stool since yesterday"),
    ),
    Practice(
        "gynaecology-and-obstetrics",
        "FCPS (Obstetrics and Gynaecology)",
        "pregnancy, birth and women's health",
        ("Antenatal visit", "Irregular periods", "Lower abdominal pain"),
    ),
    Practice(
        "internal-medicine",
        "FCPS (Medicine)",
        "fever, diabetes and long illnesses of adults",
        ("Fever and body ache", "Tired for several weeks", "Review of my test results"),
    ),
    Practice(
        "dermatology-and-venereology",
        "DDV",
        "eczema, acne and infections of the skin",
        ("Itching rash on both arms", "Acne", "Fungal infection that came back"),
    ),
    Practice(
        "orthopaedic-surgery",
        "MS (Orthopaedics)",
        "broken bones, back pain and worn joints",
        ("Knee pain when praying", "Back pain after lifting", "Plaster check"),
    ),
    Practice(
        "family-medicine",
        "MCGP",
        "the whole family, and who should see which specialist",
        ("Cold and sore throat", "Yearly check-up", "Stomach upset since yesterday"),
    ),
    Practice(
        "endocrinology-and-metabolism",
        "MD (Endocrinology)",
        "diabetes and the thyroid",
        ("Diabetes follow-up", "Thyroid test results", "Weight gain"),
    ),
    Practice(
        "gastroenterology",
        "MD (Gastroenterology)",
        "the stomach, the bowel and digestion",
        ("Heartburn after meals", "Bloating and loose stool", "Follow-up after endoscopy"),
    ),
    Practice(
        "ophthalmology",
        "FCPS (Ophthalmology)",
        "cataract, glaucoma and glasses",
        ("Blurred vision", "Red eye", "New glasses"),
    ),
    Practice(
        "otolaryngology",
        "FCPS (ENT)",
        "ear, nose and throat",
        ("Ear pain", "Blocked nose for weeks", "Hearing less on one side"),
    ),
    Practice(
        "neurology",
        "MD (Neurology)",
        "headache, stroke and epilepsy",
        ("Migraine twice a week", "Numb fingers", "Follow-up after a stroke"),
    ),
    Practice(
        "psychiatry",
        "MD (Psychiatry)",
        "depression, anxiety and sleep",
        ("Cannot sleep", "Worries all day", "Follow-up of treatment"),
    ),
    Practice(
        "pulmonology",
        "MD (Chest Diseases)",
        "asthma, COPD and tuberculosis",
        ("Asthma follow-up", "Cough for three weeks", "Short of breath when walking"),
    ),
    Practice(
        "nephrology",
        "MD (Nephrology)",
        "the kidneys, and blood pressure that comes from them",
        ("Swollen feet", "Raised creatinine", "Kidney follow-up"),
    ),
    Practice(
        "urology",
        "MS (Urology)",
        "kidney stones and the prostate",
        ("Kidney stone pain", "Getting up at night to urinate", "Urine infection again"),
    ),
    Practice(
        "general-surgery",
        "FCPS (Surgery)",
        "hernia, gallstones and the appendix",
        ("Gallstones on ultrasound", "Lump in the groin", "Wound check"),
    ),
    Practice(
        "rheumatology",
        "MD (Rheumatology)",
        "painful and swollen joints",
        ("Stiff hands in the morning", "Gout again", "Joint pain for months"),
    ),
    Practice(
        "physical-medicine-and-rehabilitation",
        "FCPS (Physical Medicine)",
        "recovery after stroke, injury and operations",
        ("Frozen shoulder", "Exercises after a stroke", "Neck pain at the desk"),
    ),
    Practice(
        "dentistry",
        "BDS",
        "teeth and gums",
        ("Toothache", "Bleeding gums", "Filling came out"),
    ),
)

NOTES = (
    "Seen and examined. Advice given, return if it gets worse.",
    "Improving. Continue as before, next visit in four weeks.",
    "Tests asked for; to come back with the results.",
    "Findings explained. Patient understands the plan.",
)

TIME_OFF = ("Conference", "Family visit", "Training course", "Annual leave")

LANGUAGES = (["Bangla", "English"], ["Bangla", "English"], ["Bangla"], ["Bangla", "English", "Hindi"])

COMMENTS = {
    1: ("Waited two hours and was seen for three minutes.", "দুই ঘণ্টা বসে থেকে তিন মিনিটের দেখা।"),
    2: ("Did not have time for my questions.", "The chamber was very crowded.", "প্রশ্ন করার সময় পেলাম না।"),
    3: (
        "The visit was fine, the waiting was long.",
        "Good advice, but hard to reach by phone.",
        "ভালো ডাক্তার, তবে সিরিয়াল পেতে কষ্ট হয়।",
        "",
    ),
    4: ("Explained everything well.", "Kind and careful, a little late.", "মনোযোগ দিয়ে কথা শুনেছেন।", ""),
    5: (
        "Listened patiently and explained every medicine.",
        "I felt in good hands.",
        "The treatment helped at once.",
        "খুব আন্তরিক, প্রতিটি ওষুধ বুঝিয়ে দিয়েছেন।",
        "আল্লাহর রহমতে এখন ভালো আছি, ধন্যবাদ স্যার।",
        "",
    ),
}

QUESTION = "The scan of your degree is cut off at the right. Please send the whole page again."
DEGREE_NOTE = "The certificate says 2011, the profile says 2010."
OVERRIDE = "The university confirmed by telephone that 2011 is right; the profile has a slip of the pen."
CASE_NOTE = "Telephoned the examinations office; they answer questions from Sunday to Thursday, 9 to 13."
