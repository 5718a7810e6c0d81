"""Pure facts and rules of a clinical trial: no clock, no files, no network."""
