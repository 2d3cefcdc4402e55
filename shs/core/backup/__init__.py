"""Backups of the database and the uploads, and what a restored copy may not do."""
