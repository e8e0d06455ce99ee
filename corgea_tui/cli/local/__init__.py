"""Commands that use only this machine: demo, listen, sign and verify."""
