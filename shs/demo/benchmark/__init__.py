"""`manage.py benchmark`: the CPU time, queries and bytes of requests at a given number of visits."""
