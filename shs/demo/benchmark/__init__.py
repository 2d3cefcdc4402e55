"""`manage.py benchmark`: how much processor time requests take at a given number of visits, and what they ask for."""
