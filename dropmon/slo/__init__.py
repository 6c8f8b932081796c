"""Are we keeping our promise? Indicators, windows, error budgets and burn rates. Pure: times and counts are given."""
