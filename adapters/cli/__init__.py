"""The command line: commands and questions as words, answers as text or JSON, faults as one line."""
