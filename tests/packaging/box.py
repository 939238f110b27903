"""A root file system of its own for a Dockerfile's steps, on machines without a container engine.

An overlay over this machine's root in a mount namespace of its own: what a step writes lies in memory and is gone
afterwards. The machine's Python stands in for the one of the base image. Needs root on Linux.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

PATIENCE_S: Final = 600.0
PATHS: Final = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
NOBODY: Final = ("--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")
REGISTRY: Final = ("PIP_", "SSL_", "REQUESTS_CA")
"""Variables that tell pip of this machine where packages come from; they are for building alone."""


def interpreter(version: str) -> Path:
    """The prefix of a Python of this version outside any environment, or of the one that runs if there is none."""
    ask = "import sys; print(sys.base_prefix)"
    beside = sorted(Path(sys.base_prefix).parent.glob(f"{version}*/bin/python{version}"))
    for name in (*map(str, beside), f"python{version}", sys.executable):
        if shutil.which(name) is not None:
            done = subprocess.run([name, "-c", ask], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return Path(done.stdout.strip()).resolve()
    raise AssertionError("no Python at all")


class Box:
    """A mount namespace; ``with Box() as box`` ends it and everything in it.

    Raises:
        OSError: this machine or user may not make one; the message says why.
    """

    def __init__(self) -> None:
        self.mounts = Path("/tmp") / f"zendesk-sync-box-{os.getpid()}"

    def __enter__(self) -> Box:
        self.mounts.mkdir()
        if shutil.which("unshare") is None or shutil.which("nsenter") is None:
            raise OSError("unshare and nsenter are needed (Debian: util-linux)")
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", "echo ready; exec sleep infinity"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "ready\n":
            _, why = self._holder.communicate()
            self.mounts.rmdir()
            raise OSError(why.strip())
        try:
            self.outside(f"mount -t tmpfs -o size=2g tmpfs {self.mounts}")
        except subprocess.CalledProcessError as error:
            self.__exit__()
            raise OSError(str(error.stderr).strip()) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.kill()
        self._holder.communicate()
        self.mounts.rmdir()

    def outside(self, script: str) -> str:
        """Run a script in the namespace, as root, with the machine's own root; returns what it printed."""
        done = subprocess.run(
            [*self._enter(), "sh", "-euc", script], capture_output=True, text=True, check=True, timeout=PATIENCE_S
        )
        return done.stdout

    def root(self, name: str, python: Path) -> Path:
        """A new root file system: the machine's, with a Python's prefix as ``/usr/local`` as in the base image."""
        root = self.mounts / name
        layers = f"lowerdir={python},upperdir={name}-python,workdir={name}-more"
        self.outside(
            f"cd {self.mounts}\nmkdir {name} {name}-upper {name}-work {name}-python {name}-more\n"
            f"mount -t overlay overlay -o lowerdir=/,upperdir={name}-upper,workdir={name}-work {root}\n"
            f"mount -t overlay overlay -o {layers} {root}/usr/local\n"
            f"mount --rbind /dev {root}/dev\nmount --rbind /proc {root}/proc\n"
            f"ln -sf python3 {root}/usr/local/bin/python\nchroot {root} ldconfig"
        )
        return root

    def argv(self, root: Path, words: Sequence[str], *, user: str | None, cwd: str) -> list[str]:
        """The words that run a program inside a root: as root, or as ``UID:GID`` without any capability."""
        as_user: list[str] = []
        if user is not None:
            uid, gid = user.split(":")
            as_user = ["setpriv", f"--reuid={uid}", f"--regid={gid}", *NOBODY]
        return [*self._enter(), "chroot", str(root), "env", f"--chdir={cwd}", *as_user, *words]

    def run(
        self,
        root: Path,
        words: Sequence[str],
        environ: Mapping[str, str],
        *,
        user: str | None = None,
        cwd: str = "/",
    ) -> subprocess.CompletedProcess[str]:
        """Run a program inside a root to its end."""
        return subprocess.run(
            self.argv(root, words, user=user, cwd=cwd),
            env=dict(environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    def start(
        self, root: Path, words: Sequence[str], environ: Mapping[str, str], *, user: str, cwd: str, log: IO[str]
    ) -> subprocess.Popen[str]:
        """Start a program inside a root; each program on the way replaces itself, so signals reach it."""
        return subprocess.Popen(
            self.argv(root, words, user=user, cwd=cwd), env=dict(environ), stdout=log, stderr=log, text=True
        )

    def seal(self, root: Path, writable: Mapping[str, str]) -> None:
        """Make a root read-only but for some folders in memory, given as path -> mount options."""
        mounts = "".join(f"mount -t tmpfs -o {options} tmpfs {root}{path}\n" for path, options in writable.items())
        self.outside(f"{mounts}mount -o remount,ro {root}/usr/local\nmount -o remount,ro {root}")

    def bind(self, folder: Path, root: Path, path: str, *, read_only: bool) -> None:
        """Show a folder of the machine inside a root."""
        self.outside(
            f"mount --bind {shlex.quote(str(folder))} {root}{path}"
            + (f"\nmount -o remount,bind,ro {root}{path}" if read_only else "")
        )

    def _enter(self) -> list[str]:
        return ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "--"]


def building() -> dict[str, str]:
    """The environment of a build step."""
    kept = {key: value for key, value in os.environ.items() if key.startswith(REGISTRY)}
    return {"PATH": PATHS, "HOME": "/root", "TMPDIR": "/tmp", **kept}


def context(files: Mapping[str, Path], folder: Path) -> Path:
    """Fill a folder with the files that a build may see, by their name in it."""
    for name, source in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return folder
