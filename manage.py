#!/usr/bin/env python
"""Command line of the project: `python manage.py help`."""

import sys

from shs.startup import run_command

if __name__ == "__main__":
    sys.exit(run_command(sys.argv))
