"""The kernel: goals built from claims and statement blocks, and the certificates that prove them checked exactly.

It imports the standard library and python-flint only, and itself relatively: the folder can be copied anywhere and run as
`python -m kernel report.json`. Read in this order.

core/, at most 600 lines as `wc -l kernel/core/*.py` counts them:
    expressions   the language of statements and certificates, and what a file may hold at all
    printing      goals in mathematical notation
    signs         what is known of the sign of a number
    field         normal forms: quotients of polynomials in generators (symbols, exp, log, roots), and their signs
    reasons       identities, sums of squares and other inequalities: left - right, written so that its sign can be read off
    semidefinite  rational semidefinite matrices, by L D L^T
    optimum       optima of convex quadratic and linear programmes, or intervals that hold them
    balls         the sign of an expression at a point or over a box

What is further, at most 120 lines a file:
    what is asked statement (a statement block), goals (the setting, and the relations that show a claim), axes, pointwise (functions
                  of the setting)
    more heads    heads (their arguments and notation), extensions (the only door to what they mean): indices (totals and bounds
                  over an index), rates (along the clock), special (abs, min, max, sin, cos), bounds (reasons about an entry
                  and its bound)
    kinds         the list of the kinds of certificate: difference with facts (identities and inequalities, with the signs that
                  are given), enclosure (a box in pieces), programmes, trace_minimum, two_layer with sectors, trapping,
                  weak_order with expansion and jets
    reports       loading (the file), audit, standing, comparison, text
    no proof rests on  budget (how much is done for one goal), refusals (their wording)
"""
