"""Is the page fast for those who open it? What the web vitals are, their limits, and what they mean. All pure."""
