"""Backups of the database and the uploads, and the restrictions on a restored system."""
