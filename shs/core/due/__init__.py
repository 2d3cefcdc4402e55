"""Due work: scheduled jobs."""
