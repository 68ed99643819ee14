"""The kernel: goals built from claims and statement blocks, and the certificates that prove them checked exactly.

It imports the standard library and python-flint only, and itself relatively: the folder can be copied anywhere and run as
`python -m kernel report.json`. Read in this order.

The core, at most 600 lines of code (neither blank, nor comment, nor docstring), which a test counts:
    expressions   the language of statements and certificates, and what a file may hold at all
    printing      goals in mathematical notation
    signs         what is known of the sign of a number
    goals         the setting in which formulas are meant, and the relations that show a claim
    field         normal forms: quotients of polynomials in generators, and their signs
    functions     the generators exp, log and roots
    facts         what given relations say of signs
    reasons       the one rule of proof: left - right, written so that its sign can be read off; identities, sums of squares
    semidefinite  rational semidefinite matrices
    optimum       optima of convex quadratic and linear programmes
    balls         the sign of an expression at a point or over a box

What is further, at most 120 lines a file:
    extensions    the only door to more heads: indices (totals and bounds over an index), rates (along the clock), special
                  (abs, min, max, sin, cos), bounds (reasons about an entry and its bound); axes and pointwise (functions of
                  the setting) belong to them
    kinds         the list of the kinds of certificate; further ones are enclosure (a box in pieces), trace_minimum, two_layer
                  with sectors, trapping, weak_order with expansion and jets
    reading       loading (the file), statement (a statement block), problems (a reference problem with its data)
    reports       audit, standing, comparison, text
    budget        how much is done for one goal; no proof rests on it
"""
