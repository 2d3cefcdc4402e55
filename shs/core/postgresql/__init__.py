"""A database backend for PostgreSQL with a time limit for each answer."""
