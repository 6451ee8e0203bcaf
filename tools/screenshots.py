"""Take a picture of every page and state, at three widths, light and dark, some in German.

Usage: python tools/screenshots.py [FOLDER]   (default: screenshots/)
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright

PORT = 8399
WIDTHS = {"phone": (390, 844), "tablet": (768, 1024), "desktop": (1280, 900)}
QUESTIONS = {
    "answered": "why does sitting hurt my knee",
    "related": "how long until I can play the violin with runner's knee",
    "none": "what is the capital of Australia",
    "safety": "my knee is hot and swollen and I have a fever, can I run",
    "misspelt": "why does siting hurt my kneecapp",
}
PAGES = {
    "home": "/",
    "library": "/library",
    "get-help": "/get-help",
    "about": "/about",
    "accessibility": "/accessibility",
    "api": "/api",
    "not-found": "/nothing-here",
    "empty-question": "/search?q=",
    "pdf": "/source/runners-knee-handout",
    "out-of-reach": "/offline",
}
GERMAN = ("home", "answered", "safety", "none", "get-help", "about")
"""Pages that are taken in German as well."""
GERMAN_DESK = ("desk", "desk-library", "desk-publish", "desk-job", "desk-health")

DESK = {
    "desk": "/desk/",
    "desk-add": "/desk/add",
    "desk-jobs": "/desk/jobs",
    "desk-library": "/desk/library",
    "desk-document": "/desk/library/leaflet",
    "desk-publish": "/desk/publish",
    "desk-history": "/desk/history",
    "desk-questions": "/desk/questions",
    "desk-gaps": "/desk/gaps",
    "desk-health": "/desk/health",
    "desk-people": "/desk/people",
    "desk-log": "/desk/log",
    "account": "/account",
}
PASSWORD = "pictures of the desk"  # noqa: S105  (of a library that goes away)
FILES = Path(__file__).parent.parent / "tests" / "files"


def main() -> None:
    """Serve the shipped library in a folder that goes away, and visit every page."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        (Path(data) / "patella.toml").write_text('publish = "review"\nkeep_questions = true\n')
        patella = [sys.executable, "-m", "patella", "--data-dir", data]
        add = [*patella, "account", "add", "ada", "--role", "admin"]
        subprocess.run(add, input=PASSWORD + "\n", text=True, check=True, stdout=subprocess.DEVNULL)
        serve = [*patella, "serve", "--quiet", "--port", str(PORT)]
        server = subprocess.Popen(serve, stderr=subprocess.DEVNULL)
        try:
            wait()
            visit(out)
        finally:
            server.terminate()
            server.wait()


def wait() -> None:
    """Wait until the server answers."""
    for _ in range(240):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("The server did not start.")


def visit(out: Path) -> None:
    """Take the pictures."""
    addresses = PAGES | {n: "/search?" + urlencode({"q": q}) for n, q in QUESTIONS.items()}
    for name in GERMAN:
        address = addresses[name]
        addresses[f"{name}-de"] = f"{address}{'&' if '?' in address else '?'}lang=de"
    browser_path = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=browser_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for width, (w, h) in WIDTHS.items():
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport={"width": w, "height": h}, color_scheme=scheme)
                for name, address in addresses.items():
                    page.goto(f"http://127.0.0.1:{PORT}{address}")
                    full = not name.startswith(("library", "get-help"))
                    page.screenshot(path=out / f"{name}-{width}-{scheme}.png", full_page=full)
                    if name == "answered":
                        page.click(".quotes a.cite")
                        page.wait_for_load_state()
                        page.screenshot(path=out / f"reader-{width}-{scheme}.png")
                page.close()
        visit_desk(browser, out)
        browser.close()


def visit_desk(browser: Any, out: Path) -> None:
    """Sign in, have something to publish, and take the pictures of the desk."""
    at = f"http://127.0.0.1:{PORT}"
    page = browser.new_page()
    page.goto(f"{at}/desk/questions")
    page.fill("#name", "ada")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    for question in ("Why does sitting hurt my knee?", "For how long should I rest from hills?"):
        page.fill("#text", question)
        page.click("main button:text-is('Save')")
        page.wait_for_selector(f"tbody >> text={question}")
    page.goto(f"{at}/desk/add")
    page.set_input_files("#files", [FILES / "leaflet.pdf", FILES / "locked.pdf"])
    page.click("text=Add the files")
    page.wait_for_selector("[data-ended]", timeout=120_000)
    addresses = DESK | {"desk-job": page.url.removeprefix(at)}
    page.goto(f"{at}/desk/publish")
    page.wait_for_selector("[data-asking]", state="detached", timeout=120_000)
    addresses |= {f"{name}-de": f"{addresses[name]}?lang=de" for name in GERMAN_DESK}
    kept = page.context.storage_state()
    for width, (w, h) in WIDTHS.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": w, "height": h}, color_scheme=scheme, storage_state=kept
            )
            page = context.new_page()
            for name, address in addresses.items():
                page.goto(at + address)
                full = name != "desk-library"
                page.screenshot(path=out / f"{name}-{width}-{scheme}.png", full_page=full)
            context.close()
            page = browser.new_page(viewport={"width": w, "height": h}, color_scheme=scheme)
            page.goto(f"{at}/signin")
            page.screenshot(path=out / f"signin-{width}-{scheme}.png", full_page=True)
            page.close()


if __name__ == "__main__":
    main()
