"""One attempt over HTTPS: connections, name resolution, TLS, address policy, timings."""
