"""Screens whose reading is written to the read log."""


class ReadsLogged:
    """Says of a screen that it writes a line to the read log for each patient of whom it shows a row: in its list, on
    the page, the history and each version of a row, on pages of its own, and in exports. `manage.py check` wants it of
    every screen with clinical rows, and a test reads all their pages. For charts it is
    `shs.medical_record.admin.chart.ChartRows`."""
