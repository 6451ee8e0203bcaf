"""Limits that a process sets itself before a hostile file is given to it; none can be taken back."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import socket
import struct
import sys
from pathlib import Path
from typing import IO, Any

OPEN_FILES = 64
_REFUSED = frozenset(
    f"socket.{what}" for what in ("connect", "bind", "sendto", "getaddrinfo", "gethostbyname")
)
_NO_NEW_PRIVILEGES, _SECCOMP, _SECCOMP_FILTER = 38, 22, 2
# From linux/bpf_common.h and linux/seccomp.h: load a word, jump if equal, jump if at least, return.
_LOAD, _IF_EQUAL, _IF_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | errno.EACCES
_FOREIGN_CALLS = 0x40000000
"""From this number on, x86-64 knows the same calls by other numbers."""
# By machine: its number in linux/audit.h, and those of socket, io_uring_setup (which opens sockets too),
# ptrace and process_vm_writev (which could make another process do it).
_MACHINES = {
    "x86_64": (0xC000003E, (41, 425, 101, 311)),
    "aarch64": (0xC00000B7, (198, 425, 117, 271)),
}


def take_output() -> IO[bytes]:
    """Return standard output, and let what libraries print go nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    return answers


def limit(*, memory: int, written: int) -> None:
    """Limit address space and files written (in bytes), open files, and the network, for good.

    As far as this system knows such limits.
    """
    no_network()
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415  (not on every system)

        for what, most in (
            (resource.RLIMIT_AS, memory),
            (resource.RLIMIT_NOFILE, OPEN_FILES),
            (resource.RLIMIT_FSIZE, written),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(what, (most, most))


def limit_cpu(seconds: float) -> None:
    """End this process some time after its time is up, should nobody be left to do that."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415

        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 10, hard))


def no_network() -> bool:
    """Take the network from this process and those that it starts; tell whether the kernel does so.

    On Linux the kernel refuses sockets of every kind, whatever code asks. Elsewhere, and beside it,
    Python refuses them; code that is not Python's, as a parser that was taken over, could open one.
    """
    sys.addaudithook(_refuse)
    known = _MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    if known is None:
        return False
    try:
        return _filter(*known)
    except (OSError, AttributeError, ctypes.ArgumentError):
        return False


def _refuse(event: str, told: tuple[Any, ...]) -> None:
    # pairs within this process, by which libraries wake themselves, are of the family AF_UNIX
    made = event == "socket.__new__" and told[1] != getattr(socket, "AF_UNIX", None)
    if made or event in _REFUSED:
        raise PermissionError(errno.EACCES, "A reading process has no network")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def _filter(machine: int, calls: tuple[int, ...]) -> bool:
    """Have the kernel answer EACCES to some system calls (seccomp); needs no rights."""
    last = len(calls)
    steps = [
        (_LOAD, 0, 0, 4),  # of the data that seccomp looks at: the machine
        (_IF_EQUAL, 0, last + 3, machine),
        (_LOAD, 0, 0, 0),  # the call's number
        (_IF_LEAST, last + 1, 0, _FOREIGN_CALLS),
        *((_IF_EQUAL, last - n, 0, call) for n, call in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    packed = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.cast(packed, ctypes.c_void_p))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_SECCOMP, _SECCOMP_FILTER, ctypes.byref(program), 0, 0) == 0)
