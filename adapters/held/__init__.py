"""What signers and witnesses hold of a store's logs, and how the store stands against it."""
