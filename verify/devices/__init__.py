"""Whether the torch kernels would run on another device: checked without a card under fake tensors, and on one where there is one."""
