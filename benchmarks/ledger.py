"""`python -m benchmarks.ledger`: what the ledger costs an append, and how fast it is verified and proved.

A process that verifies a part of a store imports its parent's main module anew, and is timed with that: so
nothing is imported here, as in the product's own.
"""

if __name__ == "__main__":
    from benchmarks.auditor import main

    main()
