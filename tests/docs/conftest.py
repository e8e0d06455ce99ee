from tests.integration.cli.conftest import interrupts

__all__ = ["interrupts"]
