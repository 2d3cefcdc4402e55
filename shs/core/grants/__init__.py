"""Who may do what to which rows."""
