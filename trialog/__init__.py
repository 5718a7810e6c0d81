"""Trialog: an event-sourced audit and workflow engine for clinical trials. The composition root."""

__version__ = "0.1.0"
