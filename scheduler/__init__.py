"""What time makes due: the sweep, delivery and checkpoints."""
