"""The key file: what is wrong with it is said without repeating it, and it runs out with words."""

import os
from pathlib import Path

import pytest

from daemon.store.cipher import Cipher, KeyProblem, read_keys, rotated, write_keys

KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="


@pytest.mark.parametrize(
    "text", [KEY, f"{KEY}:1", f"x:{KEY}", f"0:{KEY}", f"256:{KEY}", f"-1:{KEY}", f"1:{KEY[:20]}"]
)
def test_a_damaged_key_is_not_repeated_in_the_error(tmp_path, text):
    path = tmp_path / "corgea.key"
    path.write_text(f"1:{KEY}\n{text}\n")
    with pytest.raises(KeyProblem, match="damaged: line 2 is not a key of 32 bytes") as caught:
        read_keys(path)
    assert KEY[:20] not in str(caught.value)


def test_as_many_keys_as_a_value_can_name(tmp_path):
    path = tmp_path / "corgea.key"
    write_keys(path, {255: b"k" * 32})
    cipher = Cipher.from_file(path, make=False)
    assert cipher.open(cipher.seal(b"plain", "row:1"), "row:1") == b"plain"
    with pytest.raises(KeyProblem, match="the most that a database can distinguish"):
        rotated(read_keys(path))


def test_a_new_key_is_on_disk_with_its_name_before_it_seals(tmp_path, monkeypatch):
    """Else a power cut could leave values of a key that is nowhere."""
    done = []
    fsync, replace = os.fsync, Path.replace

    def synced(fd):
        done.append(str(Path(f"/proc/self/fd/{fd}").readlink()))
        fsync(fd)

    def replaced(path, target):
        done.append("replaced")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    write_keys(tmp_path / "corgea.key", {1: b"k" * 32})
    assert done == [str(tmp_path / ".corgea.key.new"), "replaced", str(tmp_path)]
