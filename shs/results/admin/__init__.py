"""Screens for results."""

from shs.results.admin.results import ResultScreen

__all__ = ["ResultScreen"]
