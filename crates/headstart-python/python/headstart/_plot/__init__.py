"""Pictures of results: matplotlib axes in, axes out. Nothing is shown here, and no style is set."""

from . import cells, layers, runs, starts
from .base import draw

__all__ = ["cells", "draw", "layers", "runs", "starts"]
