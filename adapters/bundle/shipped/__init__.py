"""What goes into every bundle as it is: the verifier, and the description of the format."""
