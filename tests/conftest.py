"""This file makes `tests` a package whose root pytest puts on the path: `from tests.requirements import need`."""
