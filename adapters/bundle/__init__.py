"""The bundle: what an inspector is handed, made from a store, and opened again."""
