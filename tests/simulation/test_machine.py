"""A short run of the machine; `python -m tests.simulation --machine N` is a long one."""

from tests.simulation.machine import run_machine


def test_whatever_the_order_nothing_is_lost_and_the_numbers_add_up():
    run_machine(15)
