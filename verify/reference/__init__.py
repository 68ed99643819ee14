"""Reference problems: solved by cvxpy, certified in exact rationals where the data are rational."""
