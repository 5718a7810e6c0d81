"""What signers and witnesses do with a store's logs, and how a store is verified, restored and renewed."""
