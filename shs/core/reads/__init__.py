"""The read log."""
