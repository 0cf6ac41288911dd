"""The two profiles of the tests that draw their examples, what they ask for is in `examples`; and Ctrl-C."""

import signal

import pytest
from hypothesis import settings

for name in ("test", "proof"):
    settings.register_profile(name, deadline=None, derandomize=True)
settings.load_profile("test")  # `make proof` chooses the other


@pytest.fixture
def ctrl_c():
    """Ctrl-C is as in a terminal, also where the tests run in the background and it is ignored."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)
