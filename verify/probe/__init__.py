"""Probes: a search for counterexamples, which shrinks, confirms and writes down what it finds."""
