"""The base of the back office pages. Import its modules: the package is loaded before any model, with its `config`."""
