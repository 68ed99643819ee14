"""Every kernel: the `KERNELS` of each module of `verify.devices.catalogue`."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from verify.devices import catalogue
from verify.devices.kernel import Kernel
from verify.errors import VerifyError


def kernels() -> dict[str, Kernel]:
    """The kernels by name.

    Raises:
        VerifyError: two of them have the same name, or a module of the catalogue lists none.
    """
    found: dict[str, Kernel] = {}
    for module in pkgutil.iter_modules(catalogue.__path__, f"{catalogue.__name__}."):
        listed = getattr(import_module(module.name), "KERNELS", ())
        if not listed:
            raise VerifyError(f"{module.name} lists no KERNELS; list them, or take the module out of the catalogue")
        for kernel in listed:
            if kernel.name in found:
                raise VerifyError(f"two kernels are called {kernel.name!r}; give each a name of its own")
            found[kernel.name] = kernel
    return found
