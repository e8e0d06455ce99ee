"""Noticing that files changed, whatever way editors, packages and orchestrators replace them.

A file is watched through its folder: a watch on the file itself goes deaf with the first atomic
replace. What counts is the content: a change of anything else in the folder (editors' temporary
files, the database in the same home) is no change. Links are followed, so that a swapped link
(Kubernetes mounts) and a file that is kept elsewhere are noticed too. And since a watch can be lost
with its folder, or is not to be had at all (network file systems, no watches left), the files are
also looked at every two seconds.

A folder that is written to all the time is looked at every second instead: a watch would wake up
for each write, which cost a daemon with its settings beside its database a twelfth of its time.
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
"""Seconds between looks at the files when no watch reports anything."""
LOOK_INSTEAD = 1.0
"""Seconds between looks at files in a folder that is not watched."""
SETTLE = 0.1
"""Seconds for which files must stay as they are: an editor that truncates first is half-way."""

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
    """Await `changed` once at the start and then whenever the content of `files` changed, for ever.

    `files` is asked anew at every look; all of it is expected in `folder`, which need not exist.
    `busy` is a folder that is written to all the time.
    """
    watch = _Watch(folder, files, changed)
    while True:
        places = await asyncio.to_thread(_places, folder, files)
        await watch.look()
        async with aclosing(_stirs(places, busy)) as stirs:
            async for _ in stirs:
                await watch.look()
                if await asyncio.to_thread(_places, folder, files) != places:
                    break


class _Watch:
    """What was last seen of some files."""

    def __init__(
        self, folder: Path, files: Listing, changed: Callable[[], Awaitable[None]]
    ) -> None:
        self._folder = folder
        self._files = files
        self._changed = changed
        self._seen: Content | None = None

    async def look(self) -> None:
        """Report a change, once it is complete; then what changed while it was taken over.

        Whoever takes it over may have read the later content already, and must hear when that is
        gone again.
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
                log.exception("a change in %s could not be taken over", self._folder)

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


def _places(folder: Path, files: Listing) -> dict[Path, int]:
    """The folders to watch, each with its inode: one that was replaced must be watched anew."""
    found = {}
    places = {folder}
    for file in files():
        with suppress(OSError, RuntimeError):  # a link that leads to itself is a RuntimeError
            places.add(file.resolve().parent)
    for place in places:
        if (inode := _inode(place)) is not None:
            found[place] = inode
    return found


def _inode(place: Path) -> int | None:
    try:
        return place.stat().st_ino
    except OSError:
        return None


async def _stirs(
    places: Mapping[Path, int], busy: Path | None
) -> AsyncGenerator[set[FileChange], None]:
    """Something for whatever happens in `places`, and every now and then."""
    folders = list(places)
    unwatched = None if busy is None else await asyncio.to_thread(_inode, busy)
    quiet = [place for place, inode in places.items() if inode != unwatched]
    every = LOOK_EVERY if quiet == folders else LOOK_INSTEAD
    try:
        if quiet:
            async for stir in awatch(
                *quiet,
                watch_filter=None,
                recursive=False,
                debounce=400,
                rust_timeout=int(every * 1000),
                yield_on_timeout=True,
            ):
                yield stir
    except* (OSError, RuntimeError) as errors:
        log.warning("looking at %s every %g s: %s", folders, every, errors.exceptions[0])
    while True:
        await asyncio.sleep(every)
        yield set()
