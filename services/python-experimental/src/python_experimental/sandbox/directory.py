"""The directory of a run, and how to be rid of it whatever the run has made of it."""

import os
import secrets
import stat
from pathlib import Path


def remove(directory: Path) -> None:
    """
    Removes a directory with all it holds. It neither follows links nor recurses: a run may leave directories nested
    deeper than a stack or a path is long, and take away its own rights on them.
    """
    try:
        directory.chmod(0o700)
    except FileNotFoundError:
        return
    root = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        while entries := os.listdir(root):
            for entry in entries:
                _take_apart(root, entry)
    finally:
        os.close(root)
    directory.rmdir()


def _take_apart(root: int, entry: str) -> None:
    """Removes an entry of the root; of a directory, all but its directories, which move up into the root."""
    if not stat.S_ISDIR(os.stat(entry, dir_fd=root, follow_symlinks=False).st_mode):
        os.unlink(entry, dir_fd=root)
        return
    os.chmod(entry, 0o700, dir_fd=root)
    inner = os.open(entry, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=root)
    try:
        for name in os.listdir(inner):
            if stat.S_ISDIR(os.stat(name, dir_fd=inner, follow_symlinks=False).st_mode):
                os.chmod(name, 0o700, dir_fd=inner)
                # A name that the run can't have guessed and put something at.
                os.rename(name, secrets.token_hex(16), src_dir_fd=inner, dst_dir_fd=root)
            else:
                os.unlink(name, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(entry, dir_fd=root)
