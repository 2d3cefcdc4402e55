"""How the admin site looks."""

UNFOLD: dict = {}
