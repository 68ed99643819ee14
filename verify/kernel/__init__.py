"""The kernel: goals built from claims and statement blocks, and the certificates that prove them checked exactly.

It imports nothing but the standard library and python-flint, and itself only relatively: the folder can be copied anywhere
and run as `python -m kernel report.json`.
"""
