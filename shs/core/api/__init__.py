"""What all API routes share: authentication, errors, paging, idempotency."""
