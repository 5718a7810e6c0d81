"""Messages to the outside: settings, mail, webhooks, and the courier that hands them over."""
