from dataclasses import replace

from daemon.settings import DeliverySettings, NetworkSettings, NotifySettings, Settings
from daemon.settings.live import LiveSettings
from daemon.settings.views import changed_settings


def test_the_defaults_have_no_changes():
    assert changed_settings(Settings(), Settings()) == {}


def test_a_change_is_named_with_its_default():
    settings = replace(Settings(), delivery=DeliverySettings(timeout=3, schedule=()))
    found = {"delivery.schedule": [2.0, 4.0], "delivery.timeout": 10.0}
    assert changed_settings(settings, Settings()) == found


def test_a_default_that_was_masked_stays_masked():
    defaults = replace(Settings(), notify=NotifySettings(command=("page", "--token", "s3cr3t")))
    assert "s3cr3t" not in str(changed_settings(Settings(), defaults))


def test_the_system_daemon_has_defaults_of_its_own(tmp_path):
    live = LiveSettings(tmp_path / "daemon.toml", system=True)
    assert live.defaults.network == NetworkSettings(allow=())
    assert changed_settings(live.current, live.defaults) == {}
