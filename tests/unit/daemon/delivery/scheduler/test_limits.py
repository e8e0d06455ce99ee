from daemon.delivery.scheduler.in_flight import DeliveryLimits


def test_a_single_try_waits_for_what_the_receiver_asks_at_the_most():
    limits = DeliveryLimits(schedule=(), retry_after_max=60.0)
    assert limits.longest_wait(None) == 60.0
    assert limits.longest_wait(()) == 60.0


def test_a_webhooks_own_schedule_goes_before_the_settings():
    limits = DeliveryLimits(schedule=(2.0, 4.0), retry_after_max=60.0)
    assert limits.longest_wait((7200.0, 1.0)) == 7200.0
    assert limits.longest_wait(None) == 60.0
