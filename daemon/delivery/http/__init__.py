"""One attempt over HTTPS: from a URL and bytes to an Outcome.

`sender` makes the attempt, `pool_selection` and `connection_pool` give it a connection, `exchange`
writes the request and reads the answer. They use aiohttp below its client session.
"""
