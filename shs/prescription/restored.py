"""The check of prescriptions after a restore from a backup."""

from shs.prescription.models import Prescription


def newest_prescription() -> str:
    """Why the newest issued prescription cannot be printed; empty if it can, or if there is none. Raises SealBroken
    (409)."""
    from shs.prescription.paper import draw  # reportlab takes 0.2 s to load, and few processes print

    newest = Prescription.objects.released().in_full().order_by("-pk").first()
    if newest is None:
        return ""
    newest.require_intact()
    page = draw(newest, "https://shs.invalid/")
    whole = page.startswith(b"%PDF-") and b"%%EOF" in page[-1024:]
    return "" if whole else f"Prescription {newest.pk} cannot be printed."


looks = [newest_prescription]
