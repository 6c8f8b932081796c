"""Where lines come from when nobody pipes them in: the platforms' own log APIs, asked for no more than is wanted."""
