#!/usr/bin/env python
"""Command line of the project: `python manage.py help`."""

import sys

if __name__ == "__main__":
    try:
        from shs.startup import run_command

        run_command(sys.argv)
    except KeyboardInterrupt:
        # As shells say it of a command that was stopped by Ctrl-C; the import too may take a while.
        sys.stderr.write("\nStopped.\n")
        sys.exit(130)
