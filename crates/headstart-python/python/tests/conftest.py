"""Where the tests find what is beside the package."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

# Whoever runs tests in the background may have had interrupts ignored, here and in all that is begun from here.
signal.signal(signal.SIGINT, signal.default_int_handler)

sys.path.insert(0, str(Path(__file__).parents[1]))

# Keras runs on what is installed for the tests, and JAX needs no accelerator for them.
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")


@pytest.fixture(autouse=True)
def _the_same_numbers() -> None:
    """What a test draws is the same each time, whatever runs before it."""
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)
