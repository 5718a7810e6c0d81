"""The protocol's flow: state machines, commands and the ports they need."""
