"""Watches files for changes, however editors, packages and orchestrators replace them.

A file is watched through its folder: a watch on the file itself ends with the first atomic replace.
Only the content counts: other changes in the folder (editors' temporary files, the database in the
same home) are ignored. Links are followed, so that a swapped link (Kubernetes mounts) and a file in
another folder are noticed. A watch can be lost with its folder or be unavailable (network file
systems, no watches left), so the files are also polled every two seconds.

A folder that is constantly written to is polled every second instead: a watch wakes up for each
write, which cost a daemon with its settings beside its database a twelfth of its time.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from pathlib import Path

from watchfiles import awatch
from watchfiles.main import FileChange

from daemon.util.plain_file import read_plain

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds between polls while no watch reports a change."""
LOOK_INSTEAD = 1.0
"""Seconds between polls of files in a folder that is not watched."""
SETTLE = 0.1
"""Seconds without a change after which a write counts as complete."""

Content = dict[Path, bytes]
"""A digest of each file; a missing file has none."""
Listing = Callable[[], Iterable[Path]]


async def watch_files(
    folder: Path,
    files: Listing,
    changed: Callable[[], Awaitable[None]],
    *,
    busy: Path | None = None,
) -> None:
    """Await `changed` at the start and whenever the content of `files` changes. Never returns.

    `files` is called at every check; its files are expected in `folder`, which need not exist.
    `busy` is a folder that is constantly written to.
    """
    watch = _Watch(folder, files, changed)
    while True:
        watched = await asyncio.to_thread(_folders, folder, files)
        await watch.check()
        async with aclosing(_signals(watched, busy)) as signals:
            async for _ in signals:
                await watch.check()
                if await asyncio.to_thread(_folders, folder, files) != watched:
                    break


class _Watch:
    """The last known content of some files."""

    def __init__(
        self, folder: Path, files: Listing, changed: Callable[[], Awaitable[None]]
    ) -> None:
        self._folder = folder
        self._files = files
        self._changed = changed
        self._seen: Content | None = None

    async def check(self) -> None:
        """Report a change once it is complete, and then any change during the report.

        The listener may have read later content that has already been replaced again.
        """
        while (content := await self._content()) != self._seen:
            while self._seen is not None:
                await asyncio.sleep(SETTLE)
                before, content = content, await self._content()
                if content == before:
                    break
            self._seen = content
            try:
                await self._changed()
            except Exception:
                log.exception("a change in %s could not be applied", self._folder)

    async def _content(self) -> Content:
        return await asyncio.to_thread(lambda: dict(_digests(self._files())))


def _digests(files: Iterable[Path]) -> Iterable[tuple[Path, bytes]]:
    for file in files:
        try:
            yield file, hashlib.sha256(read_plain(file)).digest()
        except FileNotFoundError:
            continue
        except OSError as error:
            yield file, str(error).encode()


def _folders(folder: Path, files: Listing) -> dict[Path, int]:
    """The folders to watch, each with its inode: a replaced folder needs a new watch."""
    found = {}
    folders = {folder}
    for file in files():
        with suppress(OSError, RuntimeError):  # a link that leads to itself is a RuntimeError
            folders.add(file.resolve().parent)
    for each in folders:
        if (inode := _inode(each)) is not None:
            found[each] = inode
    return found


def _inode(folder: Path) -> int | None:
    try:
        return folder.stat().st_ino
    except OSError:
        return None


async def _signals(
    watched: Mapping[Path, int], busy: Path | None
) -> AsyncGenerator[set[FileChange], None]:
    """Yields for each change in the `watched` folders, and at each poll."""
    folders = list(watched)
    unwatched = None if busy is None else await asyncio.to_thread(_inode, busy)
    quiet = [folder for folder, inode in watched.items() if inode != unwatched]
    every = LOOK_EVERY if quiet == folders else LOOK_INSTEAD
    try:
        if quiet:
            async for signal in awatch(
                *quiet,
                watch_filter=None,
                recursive=False,
                debounce=400,
                rust_timeout=int(every * 1000),
                yield_on_timeout=True,
            ):
                yield signal
    except* (OSError, RuntimeError) as errors:
        log.warning("polling %s every %g s: %s", folders, every, errors.exceptions[0])
    while True:
        await asyncio.sleep(every)
        yield set()
