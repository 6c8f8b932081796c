"""What is going on? Everything at once, in one screen: what fails, what changed, what it probably is, what to do."""
