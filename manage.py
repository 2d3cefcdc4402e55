#!/usr/bin/env python
"""Command line of the project: `python manage.py help`."""

import os
import sys

from django.core.management import execute_from_command_line

from shs.demo.environment import write_local_env

if __name__ == "__main__":
    if sys.argv[1:2] == ["quickstart"]:
        write_local_env()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shs.settings")
    execute_from_command_line(sys.argv)
