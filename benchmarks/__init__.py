"""dropmon beside the real alternatives, in one run: ratios, since machines differ and are noisy."""
