"""Theorems of deep-learning optimisation theory as executable objects.

A theorem is stated once, in the notation of a paper; its proof steps are re-checked exactly, its conclusions measured, and false
variants of it must be refuted. The public names stand in `__init__.pyi` and are loaded on first use (Scientific Python's SPEC 1),
so that `import verify`, the command line and the pytest plugin start without SymPy, cvxpy or torch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = "0.1.0"
