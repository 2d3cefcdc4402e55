"""Classes of medicines for allergy checks. A class is a set of ATC groups (WHO Collaborating Centre for Drug Statistics
Methodology, ATC/DDD Index 2024): a medicine belongs to it if its ATC code begins with one of them. `words` are names of
the class in a recorded allergy. Only membership of a class is checked; cross-reactions between classes (a cephalosporin
after a penicillin) are left to the doctor."""

from typing import NamedTuple

SOURCE = "WHO Collaborating Centre for Drug Statistics Methodology, ATC/DDD Index 2024"


class DrugClass(NamedTuple):
    """One class of medicines; `atc` are the beginnings of the codes of its members."""

    name: str
    words: tuple[str, ...]
    atc: tuple[str, ...]


CLASSES = (
    DrugClass("penicillins", ("penicillin", "penicillins", "পেনিসিলিন"), ("J01C",)),
    DrugClass("cephalosporins", ("cephalosporin", "cephalosporins"), ("J01DB", "J01DC", "J01DD", "J01DE", "J01DI")),
    DrugClass("carbapenems", ("carbapenem", "carbapenems"), ("J01DH",)),
    DrugClass(
        "sulfonamides",
        ("sulfa", "sulpha", "sulfonamide", "sulfonamides", "sulphonamide", "sulphonamides", "সালফা"),
        ("J01EB", "J01EC", "J01ED", "J01EE", "D06BA"),
    ),
    DrugClass("macrolides", ("macrolide", "macrolides"), ("J01FA",)),
    DrugClass("quinolones", ("quinolone", "quinolones", "fluoroquinolone", "fluoroquinolones"), ("J01M",)),
    DrugClass("tetracyclines", ("tetracycline", "tetracyclines"), ("J01AA", "S01AA09", "D06AA")),
    DrugClass("aminoglycosides", ("aminoglycoside", "aminoglycosides"), ("J01G",)),
    DrugClass("nitroimidazoles", ("nitroimidazole", "nitroimidazoles"), ("J01XD", "P01AB")),
    DrugClass("azole antifungals", ("azole", "azoles"), ("J02AB", "J02AC", "D01AC", "G01AF")),
    DrugClass("non-steroidal anti-inflammatory medicines", ("nsaid", "nsaids"), ("M01A", "N02BA", "B01AC06")),
    DrugClass("salicylates", ("salicylate", "salicylates"), ("N02BA", "B01AC06")),
    DrugClass("opioids", ("opioid", "opioids", "opiate", "opiates"), ("N02A",)),
    DrugClass("benzodiazepines", ("benzodiazepine", "benzodiazepines"), ("N05BA", "N05CD", "N03AE")),
    DrugClass("barbiturates", ("barbiturate", "barbiturates"), ("N03AA", "N05CA")),
    DrugClass("amide local anaesthetics", ("anaesthetic", "anesthetic", "anaesthetics", "anesthetics"), ("N01BB",)),
    DrugClass("statins", ("statin", "statins"), ("C10AA",)),
    DrugClass("ACE inhibitors", ("ace inhibitor", "ace inhibitors"), ("C09A", "C09B")),
    DrugClass("heparins", ("heparin", "heparins"), ("B01AB",)),
    DrugClass("insulins", ("insulin", "insulins"), ("A10A",)),
)

SYNONYMS = {
    "aspirin": "acetylsalicylic acid",
    "acetaminophen": "paracetamol",
    "adrenaline": "epinephrine",
    "albuterol": "salbutamol",
    "cephalexin": "cefalexin",
    "amoxycillin": "amoxicillin",
    "acyclovir": "aciclovir",
    "lignocaine": "lidocaine",
    "frusemide": "furosemide",
    "nitroglycerin": "glyceryl trinitrate",
    "ergocalciferol": "vitamin d2",
    "cholecalciferol": "colecalciferol",
    "co-amoxiclav": "amoxicillin + clavulanic acid",
    "co-trimoxazole": "sulfamethoxazole + trimethoprim",
    "cotrimoxazole": "sulfamethoxazole + trimethoprim",
    "penicillin g": "benzylpenicillin",
    "penicillin v": "phenoxymethylpenicillin",
}
"""Other names of a medicine → its generic name in the catalogue (WHO, International Nonproprietary Names)."""


def classes_of(codes: frozenset[str]) -> set[DrugClass]:
    """The classes to which a medicine with these ATC codes belongs."""
    return {known for known in CLASSES if any(code.startswith(known.atc) for code in codes)}


def classes_named(words: list[str]) -> set[DrugClass]:
    """The classes named in a text of these words (in order, lower case)."""
    text = f" {' '.join(words)} "
    return {known for known in CLASSES if any(f" {name} " in text for name in known.words)}
