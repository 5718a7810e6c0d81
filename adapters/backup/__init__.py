"""Backups of a store, and restores that prove themselves."""
