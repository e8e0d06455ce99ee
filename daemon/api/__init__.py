"""The two sockets: who is it, is it valid, then the right part is called."""
