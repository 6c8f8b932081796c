"""This file makes `tests` a package whose root pytest puts on the path: `from tests.requirements import need`."""

from hypothesis import settings

# A property is about what is true; how long it takes is measured where time is the question, on whatever machine.
settings.register_profile("properties", deadline=None)
settings.load_profile("properties")
