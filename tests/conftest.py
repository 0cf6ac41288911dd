"""The two profiles of the tests that draw their examples: what they ask for is in `examples`."""

from hypothesis import settings

for name in ("test", "proof"):
    settings.register_profile(name, deadline=None, derandomize=True)
settings.load_profile("test")  # `make proof` chooses the other
