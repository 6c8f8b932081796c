"""Who should hear of it? Conditions over the history, the states of alerts, and what goes to which channel."""
