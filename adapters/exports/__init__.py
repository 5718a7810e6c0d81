"""What leaves the system as files: calendars, bundles, tables."""
