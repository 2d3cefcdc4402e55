"""What is kept: records, their history, changes of state, constraints."""
