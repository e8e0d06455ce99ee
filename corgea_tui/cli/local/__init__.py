"""Commands that use this machine alone: demo, listen, sign and verify."""
