"""Who holds the pager? A rotation by weeks, overrides upon it, and what was served. Times in seconds since 1970."""
