"""Verification: what is stored, or was handed over in a bundle, held against what is hashed and signed.

Pure: it reads a ledger through its ports, or a bundle's files, and tells findings. It trusts neither.
"""
