"""Results of tests and other papers of a chart, and the values on them."""

from shs.results.models.result import Finding, Kind, Result, ResultQuerySet, Source, Status
from shs.results.models.value import Flag, ResultValue

__all__ = ["Finding", "Flag", "Kind", "Result", "ResultQuerySet", "ResultValue", "Source", "Status"]
