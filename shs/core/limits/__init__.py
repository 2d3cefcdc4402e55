"""How often somebody may do what costs something: see `settings.LIMITS`."""
