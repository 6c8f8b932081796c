"""What do I do now? Pages of Markdown, one an alert, whose marked steps can be run."""
