"""Mixin for screens whose pages are written to the read log."""


class ReadsLogged:
    """The screen writes a line to the read log for each patient whose rows it shows: in its list, on the change page,
    in the history and in former versions, on its own `pages`, and in exports. `manage.py check` requires it for every
    screen with clinical rows, and a test opens all their pages. The implementation for charts is
    `shs.medical_record.admin.chart.ChartRows`."""
