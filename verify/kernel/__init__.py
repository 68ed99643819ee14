"""The kernel: goals built from claims and statement blocks, and the certificates that prove them checked exactly.

It imports the standard library and python-flint only, and itself relatively: the folder can be copied anywhere and run as
`python -m kernel report.json`. Read in this order.

The core, at most 600 lines of code:
    expressions   the language of statements and certificates, and what a file may hold at all
    signs         what is known of the sign of a number
    statement     the statement block; what a claim asks to be shown
    field         normal forms: quotients of polynomials in generators, their signs and rates
    reasons       the one rule of proof: left - right, written so that its sign can be read off
    printing      goals in mathematical notation

What the core is extended by, a small file each:
    generators    functions (exp, log, powers), special (abs, min, max, sin, cos), indices (totals and bounds over an index)
    reasons       bounds (an entry against a bound), semidefinite (quadratic forms)
    certificates  enclosure with balls, optimum, trace_minimum, two_layer with sectors, trapping, weak_order with jets;
                  kinds lists them
    reports       loading, audit, standing, comparison, text
"""
