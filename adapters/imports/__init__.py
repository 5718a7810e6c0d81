"""Data from elsewhere: files turned into the same commands that people issue."""
