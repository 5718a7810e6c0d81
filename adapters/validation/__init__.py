"""The validation pack: what an inspection asks, which tests show it, the record of installation and run."""
