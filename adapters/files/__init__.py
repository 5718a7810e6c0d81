"""Files people write and hand to Trialog."""
