"""Properties have no deadline: the machine may be busy, and models are read on first use."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
