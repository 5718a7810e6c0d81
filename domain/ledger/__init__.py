"""The ledger: what is hashed of each fact, the RFC 6962 tree over it, and the text of signed checkpoints."""
