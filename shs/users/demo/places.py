"""Places of the network: the capitals of Bangladesh's eight divisions, with some of their areas."""

from typing import NamedTuple


class Place(NamedTuple):
    """A divisional capital and some of its areas."""

    city: str
    areas: tuple[str, ...]


DHAKA = Place("Dhaka", ("Dhanmondi", "Mirpur", "Uttara", "Mohammadpur", "Banani", "Motijheel"))
CHATTOGRAM = Place("Chattogram", ("Agrabad", "Panchlaish", "Halishahar", "Nasirabad"))
RAJSHAHI = Place("Rajshahi", ("Shaheb Bazar", "Kazla", "Laxmipur"))
KHULNA = Place("Khulna", ("Sonadanga", "Khalishpur", "Boyra"))
BARISHAL = Place("Barishal", ("Sadar Road", "Rupatali", "Nathullabad"))
SYLHET = Place("Sylhet", ("Zindabazar", "Amberkhana", "Uposhahar"))
RANGPUR = Place("Rangpur", ("Dhap", "Jahaj Company More", "Modern More"))
MYMENSINGH = Place("Mymensingh", ("Charpara", "Ganginarpar", "Town Hall"))

# Doctors and patients are distributed in this order: each division once, then the larger ones again. The length must
# not be ten: every tenth doctor is an applicant, and all would be in the same cities.
DEAL = (
    *(DHAKA, CHATTOGRAM, RAJSHAHI, KHULNA, BARISHAL, SYLHET, RANGPUR, MYMENSINGH),
    *(DHAKA, CHATTOGRAM, DHAKA),
)
