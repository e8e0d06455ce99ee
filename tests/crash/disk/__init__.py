"""A disk to experiment with: what a power cut leaves, and disks that say no."""

import random
import shutil
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

_SOURCE = Path(__file__).with_name("disk.c")
_HEAD = struct.Struct("=ccQQ")
_NAMES = {b"d": "corgea.db", b"w": "corgea.db-wal"}

compiler = shutil.which("gcc") or shutil.which("cc")
"""None: these tests cannot run here."""


def build(folder: Path) -> Path:
    """Compile the library that goes between the daemon and the kernel."""
    assert compiler is not None
    library = folder / "disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE], check=True)
    return library


@dataclass
class _File:
    """A file as the disk has it, and what the system has not brought there yet."""

    there: bool = False
    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Offset and data of writes; data None: the file was cut to that length."""

    def sync(self) -> None:
        for offset, data in self.pending:
            self.apply(offset, data)
        self.pending.clear()

    def apply(self, offset: int, data: bytes | None) -> None:
        if data is None:
            del self.durable[offset:]
            return
        missing = offset - len(self.durable)
        if missing > 0:
            self.durable += bytes(missing)
        self.durable[offset : offset + len(data)] = data


def power_cut(home: Path, log: Path, *, seed: int | None = None) -> int:
    """Leave on `home` what a power cut would have left; how many writes were lost.

    Everything that was synced is there. Of what was not, nothing is (`seed` None), or some of it,
    in any order: a disk may bring the later of two writes home and not the earlier.
    """
    files = {name: _File() for name in _NAMES.values()}
    for operation, name, offset, data in _records(log.read_bytes()):
        file = files[name]
        file.there = True
        if operation == b"w":
            file.pending.append((offset, data))
        elif operation == b"t":
            file.pending.append((offset, None))
        elif operation == b"s":
            file.sync()
        else:
            files[name] = _File()
    lost = 0
    chance = random.Random(seed)
    for name, file in files.items():
        for offset, data in file.pending:
            if seed is not None and chance.random() < 0.5:
                file.apply(offset, data)
            else:
                lost += 1
        (home / name).unlink(missing_ok=True)
        if file.there:
            (home / name).write_bytes(file.durable)
    (home / "corgea.db-shm").unlink(missing_ok=True)
    _begin_anew(log, files)
    return lost


def _records(raw: bytes) -> list[tuple[bytes, str, int, bytes]]:
    records, at = [], 0
    while at < len(raw):
        operation, file, offset, length = _HEAD.unpack_from(raw, at)
        at += _HEAD.size
        data = raw[at : at + length]
        at += len(data)
        records.append((operation, _NAMES[file], offset, data))
    return records


def _begin_anew(log: Path, files: dict[str, _File]) -> None:
    """The log of the next life begins with what is on the disk now."""
    letters = {name: letter for letter, name in _NAMES.items()}
    with log.open("wb") as out:
        for name, file in files.items():
            if file.there:
                data = bytes(file.durable)
                out.write(_HEAD.pack(b"w", letters[name], 0, len(data)) + data)
                out.write(_HEAD.pack(b"s", letters[name], 0, 0))
