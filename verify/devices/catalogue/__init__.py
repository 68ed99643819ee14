"""The kernels, one module a subject; each lists its own as `KERNELS`."""
