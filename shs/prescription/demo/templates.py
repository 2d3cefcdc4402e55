"""What the demo's first doctor inserts: sets and advice that are shared with their clinic, and their favourites."""

from shs.core.seeding.rows import Demo
from shs.doctors.models import DoctorInformation
from shs.prescription.models import AdviceTemplate, Favourite, Prescription, PrescriptionSet, SetLine, Status
from shs.prescription.services.favourites import learn
from shs.users.seeding import numbered

LEARNT = 40
"""So many of the latest prescriptions are counted."""
SETS = {
    "Acute diarrhoea": (("zinc sulfate tablet 20 mg", "0+1+0 10d"),),
    "Acute tonsillitis": (("amoxicillin capsule 500 mg", "1+1+1 5d"), ("paracetamol tablet 500 mg", "1+1+1 after 3d")),
    "Type 2 diabetes": (("metformin tablet 500 mg", "1+0+1 with 2 months"),),
}
ADVICE = {
    "Fluids": "প্রচুর পানি ও তরল খাবার খান।",
    "Walking": "প্রতিদিন অন্তত ৩০ মিনিট হাঁটুন।",
    "Come at once": "শ্বাসকষ্ট, রক্তপাত বা জ্ঞান হারালে সঙ্গে সঙ্গে হাসপাতালে আসুন।",
}


def add_templates(demo: Demo) -> None:
    """Add what is missing."""
    owner = numbered("doctor").order_by("pk").first()
    doctor = DoctorInformation.objects.filter(user=owner).first() if owner else None
    if doctor is None:
        return
    clinic = doctor.clinics.order_by("pk").first()
    for title, lines in SETS.items():
        made, is_new = PrescriptionSet.objects.get_or_create(title=title, doctor=doctor, defaults={"clinic": clinic})
        for name, directions in lines if is_new else ():
            SetLine.objects.create(set=made, name=name, directions=directions)
    for title, text in ADVICE.items():
        AdviceTemplate.objects.get_or_create(title=title, doctor=doctor, defaults={"clinic": clinic, "text": text})
    if not Favourite.objects.filter(doctor=doctor).exists():
        issued = Prescription.objects.filter(doctor=doctor, status=Status.ISSUED).order_by("-issued_at")[:LEARNT]
        for row in reversed(issued):
            learn(row, row.issued_at or demo.now)
