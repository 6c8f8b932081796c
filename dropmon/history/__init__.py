"""What were the numbers? Pure: retention, the hour that outlives its samples, OpenMetrics text."""
