"""Reference problems: solved by cvxpy, or by the solver under it where the matrices are known, and certified in exact rationals
where the data are rational."""
