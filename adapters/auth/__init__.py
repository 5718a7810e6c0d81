"""Who is there: passwords, second factors, sessions and tokens."""
