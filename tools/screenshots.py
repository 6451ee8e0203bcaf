"""Take a picture of every page and state, at phone and desktop widths, light and dark.

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
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright

PORT = 8399
WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}
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
}


def main() -> None:
    """Serve the shipped library in a folder that goes away, and visit every page."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "patella", "--data-dir", data, "serve", "--quiet"]
        server = subprocess.Popen([*command, "--port", str(PORT)], stderr=subprocess.DEVNULL)
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
                    full = name not in {"library", "get-help"}
                    page.screenshot(path=out / f"{name}-{width}-{scheme}.png", full_page=full)
                    if name == "answered":
                        page.click(".quotes a.cite")
                        page.wait_for_load_state()
                        page.screenshot(path=out / f"reader-{width}-{scheme}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
