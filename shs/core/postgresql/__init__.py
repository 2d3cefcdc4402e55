"""PostgreSQL, asked with a deadline."""
