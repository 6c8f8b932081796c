"""dropmon: a team's whole monitoring guide as one command and one YAML file."""

__version__ = "0.1.0"
