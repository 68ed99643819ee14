"""Losses, homogeneous networks and data sets: batched float64 functions that know nothing of any claim."""
