"""What the tests of several folders run and talk to.

- `daemon`: a daemon in a process and a home of its own; `client`: calls on its sockets
- `rig`: the daemon in the test's process, as a service without sockets or whole
- `receiver`: an HTTPS receiver; `control_server`: a control socket that answers as a test says
- `rows`: a store filled with rows; `sshd`: a real sshd on loopback

Fixtures that several folders use stand in tests/conftest.py.
"""
