"""Makes a folder of good, broken and hostile files: ``python -m tools.make_torture DIR``.

Each file has the state that a run is to report for it, for the tests and for whoever tries it by hand.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import zlib
from pathlib import Path

from tests.make_files import encrypted, hyphens, scanned
from tests.office_helpers import docx, epub, odt, p, pptx, zipped

FILES = Path(__file__).resolve().parent.parent / "tests" / "files"
WORDS = "Sitting hurts because a bent knee presses the kneecap against the thigh bone."
PAGE = f"<html><head><title>Knee</title></head><body><p>{WORDS}</p></body></html>"
BOMB = (
    '<!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
)


RUSSIAN = "Боль в колене часто проходит, если снизить нагрузку и укрепить мышцы бедра."
DRAWN = b"BT /F1 11 Tf 72 760 Td (%s) Tj ET" % WORDS.encode()
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:title="The knee, in XMP"/>'
    "</rdf:RDF></x:xmpmeta>"
)


def pdf(
    content: bytes, *, filters: str = "", kids: str = "[3 0 R]", metadata: bytes = b""
) -> bytes:
    """A PDF of one page, without a table of its objects, as readers mend it."""
    font = (
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    )
    return (
        b"%%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Metadata 5 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Count 1 /Kids %s >>\nendobj\n"
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s >>\n"
        b"endobj\n"
        b"4 0 obj\n<< /Length %d %s >>\nstream\n%s\nendstream\nendobj\n"
        b"5 0 obj\n<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%s\nendstream\nendobj\n"
        b"trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%%%EOF\n"
    ) % (
        kids.encode(),
        font,
        len(content),
        filters.encode(),
        content,
        len(metadata),
        metadata,
    )


def good() -> dict[str, bytes]:
    """Files that are read whole."""
    made = {
        f"good-{path.suffix[1:]}{path.suffix}": path.read_bytes()
        for path in FILES.glob("leaflet.*")
    }
    made.pop("good-fodt.fodt", None)
    japanese = "膝の痛みは座っていると強くなります。立って膝を伸ばしてください。" * 4
    return made | {
        "good.md": f"# Knee\n\n{WORDS}\n".encode(),
        "good.txt": f"A plain text. {WORDS}\n".encode(),
        "good.xhtml": PAGE.replace("Sitting", "Squatting").encode(),
        "good.docx": docx(p(f"In Word. {WORDS}")),
        "good.odt": odt(f"<text:p>In Writer. {WORDS}</text:p>"),
        "good.epub": epub({"one.xhtml": PAGE}),
        "utf16-with-mark.txt": f"With a mark. {WORDS}".encode("utf-16"),
        "utf16-without-mark.txt": f"Without a mark. {WORDS}\n".encode("utf-16-be"),
        "utf16-russian.txt": f"{RUSSIAN}\n".encode("utf-16-le") * 3,
        "mixed-encodings.txt": f"Café. {WORDS}\n\n".encode() + "Naïve’s\n".encode("cp1252"),
        "xmp-bomb.pdf": pdf(DRAWN, metadata=f"{BOMB}<x>&j;</x>".encode()),
        "xmp.pdf": pdf(DRAWN.replace(b"Sitting", b"Running"), metadata=XMP.encode()),
        "cp1252.txt": f"The patient’s café. {WORDS}".encode("cp1252"),
        "shift-jis.txt": japanese.encode("shift_jis"),
        "crlf.txt": f"Line ends. {WORDS}\r\n".encode(),
        "wrong-pdf-is-html.pdf.html": PAGE.replace("Sitting", "Kneeling").encode(),
        "a name with spaces.md": f"# Spaces\n\n{WORDS}\n".encode(),
        "knee-🦵.md": f"# Emoji\n\n{WORDS}\n".encode(),
        "new\nline.md": f"# Line\n\n{WORDS}\n".encode(),
        "long-line.txt": f"{WORDS} ".encode() * 3_000,
        "many-marks.md": b"*" * 20_000 + f"\n\n{WORDS}\n".encode(),
        "word-is-text.txt": docx(p(f"A wrong suffix. {WORDS}")),
        "pdf-is-text.txt": hyphens(),
    }


def failing() -> dict[str, bytes]:
    """Files that cannot be read, and are told so."""
    word, book = docx(p(WORDS)), epub({"one.xhtml": PAGE})
    whole = (FILES / "leaflet.pdf").read_bytes()
    part = "word/document.xml"
    deep = "<b>" * 5_000 + WORDS + "</b>" * 5_000
    zeros = b"\0" * 40_000_000
    twice = zlib.compress(zlib.compress(zeros * 5))
    made = {
        f"empty.{kind}": b"" for kind in ("md", "txt", "html", "pdf", "docx", "epub", "odt", "rtf")
    }
    return (
        made
        | {
            "blank.txt": b" \n\t\n" * 100,
            "blank.html": b"<html><body></body></html>",
            "blank.docx": docx(p("")),
            "picture.txt": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
            "picture.pdf": b"\xff\xd8\xff\xe0" + b"\0" * 100,
            "noise.txt": bytes(range(256)) * 40,
            "noise.pdf": bytes(range(256)) * 40,
            "scanned.pdf": scanned(),
            "locked.pdf": encrypted(user_password="secret"),  # noqa: S106
            "head-only.pdf": b"%PDF-1.7\n",
            "cut.pdf": whole[:300],
            "cut.docx": word[: len(word) // 2],
            "cut.epub": book[: len(book) // 2],
            "cut.odt": odt("")[:100],
            "no-parts.docx": zipped({"a.txt": "nothing"})[:-4],
            "no-chapter.epub": epub({}),
            "bad-xml.docx": docx("<w:p><w:r>"),
            "entities.docx": docx("", others={part: f"{BOMB}<document>&j;</document>"}),
            "swelling.docx": docx(p(WORDS), others={"word/media/a.bin": zeros}),
            "deep.docx": docx(deep),
            "empty-slides.pptx": pptx(""),
            "loop.pdf": pdf(b"", kids="[2 0 R]"),
            "deep.pdf": pdf(b"[" * 200_000),
            "stream-bomb.pdf": pdf(twice, filters="/Filter [/FlateDecode /FlateDecode]"),
            "old.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000,
            "line-of-60-mb.txt": b"x" * 60_000_000,
            "unsafe.zip": zipped({"../../escaped.md": WORDS}),
            "swelling.zip": zipped({"a.md": zeros}),
            "broken.zip": zipped({"a.md": WORDS})[:40],
        }
    )


def make(folder: Path) -> dict[str, str]:
    """Write the files into ``folder``, which is made; return each one's path with its state."""
    folder.mkdir(parents=True, exist_ok=True)
    expected: dict[str, str] = {}
    for files, state in ((good(), "added"), (failing(), "failed")):
        for name, data in files.items():
            (folder / name).write_bytes(data)
            expected[name] = state
    (folder / "half.pdf").write_bytes(scanned(text_pages=(1, 3), pages=4))
    expected["half.pdf"] = "partial"
    (folder / "good.zip").write_bytes(
        zipped({"in.md": f"# Inside\n\n{WORDS}\n", "again.zip": zipped({"b.md": WORDS})})
    )
    expected |= {"good.zip/in.md": "added", "good.zip/again.zip": "failed"}
    (folder / "zz-copy.md").write_bytes((folder / "good.md").read_bytes())
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    expected |= {"zz-copy.md": "duplicate", "picture.png": "skipped"}
    return expected | _odd(folder)


def _odd(folder: Path) -> dict[str, str]:
    """Make what is no plain file, or has no plain name, as far as this system can."""
    expected = {"dangling.md": "skipped"}
    (folder / "dangling.md").symlink_to(folder / "nothing-here.md")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self.md").symlink_to(folder / "self.md")
    expected["self.md"] = "skipped"
    with contextlib.suppress(OSError, AttributeError):
        os.mkfifo(folder / "pipe.md")
        expected["pipe.md"] = "skipped"
    with contextlib.suppress(OSError, AttributeError), socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "socket.md"))
        expected["socket.md"] = "skipped"
    if Path("/dev/zero").exists():
        (folder / "endless.md").symlink_to("/dev/zero")
        expected["endless.md"] = "skipped"
    with contextlib.suppress(OSError, UnicodeError):
        Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md")).write_text(WORDS, "utf-8")
        expected["caf\\udce9.md"] = "failed"
    locked = folder / "unreadable.md"
    locked.write_text(f"# Locked\n\n{WORDS}\n", "utf-8")
    locked.chmod(0)
    expected["unreadable.md"] = "added" if os.access(locked, os.R_OK) else "failed"
    return expected


def main() -> None:
    """Make the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    made = make(parser.parse_args().folder)
    print(f"{len(made)} files, of which {list(made.values()).count('failed')} are to fail")


if __name__ == "__main__":
    main()
