"""Flows of the gradient of a loss, in clocks in which the answer is O(1) away, with outcomes and honest errors."""
