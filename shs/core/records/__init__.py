"""Records, their history, changes of state, and constraints."""
