"""Faults: what the parsing libraries raise on files that are damaged or odd."""

from __future__ import annotations

import binascii
import struct
import zlib

import yaml
from lxml import etree
from pypdf.errors import PyPdfError

PARSER_FAULTS: tuple[type[Exception], ...] = (
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
"""Parsers of broken input fail in all of these ways, not only in those that they document."""
