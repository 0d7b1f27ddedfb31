"""How properties are tried: a slow machine is no reason to fail."""

from hypothesis import settings

settings.register_profile("language", deadline=None)
settings.load_profile("language")
