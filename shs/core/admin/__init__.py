"""Base classes of the admin ("back office") pages. Import its modules directly: Django loads this package with its app
config, before any model exists."""
