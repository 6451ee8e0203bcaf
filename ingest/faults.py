"""Faults: what the parsing libraries raise on files that are damaged or odd."""

from __future__ import annotations

import binascii
import functools
import struct
import zlib


@functools.cache
def parser_faults() -> tuple[type[Exception], ...]:
    """Return what parsers of broken input raise: all of these, not only what they document."""
    # heavy, so only where something is read
    import yaml  # noqa: PLC0415
    from lxml import etree  # noqa: PLC0415
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    return (
        PyPdfError,
        yaml.YAMLError,
        etree.LxmlError,
        zlib.error,
        struct.error,
        binascii.Error,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        NotImplementedError,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
    )
