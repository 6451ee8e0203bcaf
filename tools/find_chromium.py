"""Say whether the browser tests will run."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")

if __name__ == "__main__":
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found:
        print(f"Browser tests run in {found}.")
    else:
        print("Browser tests are skipped: no Chromium here. On Debian: sudo apt install chromium")
