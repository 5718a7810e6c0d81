"""The ledger's signer and witnesses: their folders, and what they do with a store or without one."""
