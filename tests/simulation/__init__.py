"""Random histories of a daemon on a simulated clock, disk and network, over the real store.

A `workload` acts on a `simulated_daemon` and its `receivers`; `crashes` kill it at any moment. The
`oracle` sees every commit and knows what must be true; `request_observer` checks each request
before it goes out; `invariants` compare everything. A seed repeats its history exactly.

    .venv/bin/python -m pytest tests/simulation -n 2        # a minute: 2,000 histories
    .venv/bin/python -m tests.simulation --seeds 100000     # more
    .venv/bin/python -m tests.simulation --seeds 1 --start 42 --shape brief --verbose

`machine` lets Hypothesis choose the steps, and shrink what fails. `test_found` has the faults that
were found, each as a short `scenario`. `mutations` are faults put in on purpose, to be found.
"""
