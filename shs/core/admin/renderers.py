"""How the values of exported columns are written in a file."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import TypeAlias

from django.utils import timezone
from import_export import widgets
from import_export.fields import Field

from shs.core.admin.sheets import safe_cell

Render: TypeAlias = Callable[[object], object]


def path_of(field: Field) -> str:
    """The lookup path of a column's value, for `.values_list()`."""
    widget, path = field.widget, str(field.attribute)
    if isinstance(widget, widgets.ForeignKeyWidget) and widget.field != "pk":
        return f"{path}__{widget.field}"
    return path


def renderer(field: Field, *, native: bool) -> Render:
    """The function that turns a column's value into a cell: a text or number, or with `native` also a date, a time or
    a Boolean. It depends on no language, because a file is written after its request has been answered."""
    kind = next((kind for kind in _RENDERERS if isinstance(field.widget, kind)), None)
    if kind is not None:
        return _RENDERERS[kind][native]
    if type(field.widget) in (widgets.Widget, widgets.CharWidget, widgets.ForeignKeyWidget):
        return _text
    return lambda value: safe_cell(field.widget.render(value) or "")


def _text(value: object) -> object:
    if value is None:
        return ""
    return value if isinstance(value, int) else safe_cell(str(value))


def _number(value: object) -> object:
    return "" if value is None else value


def _flag(value: object) -> object:
    return "" if value is None else "1" if value else "0"


def _local(value: object) -> object:
    """Without its zone, which spreadsheets do not know."""
    return timezone.localtime(value).replace(tzinfo=None) if isinstance(value, datetime) else ""


def _local_text(value: object) -> object:
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else ""


def _iso(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else ""


def _clock(value: object) -> object:
    return value.strftime("%H:%M:%S") if isinstance(value, time) else ""


_RENDERERS: dict[type, tuple[Render, Render]] = {
    widgets.NumberWidget: (_number, _number),
    widgets.BooleanWidget: (_flag, _number),
    widgets.DateTimeWidget: (_local_text, _local),
    widgets.DateWidget: (_iso, _number),
    widgets.TimeWidget: (_clock, _number),
}
"""Class of widget → its functions for a text file and for a spreadsheet."""
