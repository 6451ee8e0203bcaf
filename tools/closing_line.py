"""Say in one line how a test run ended: python tools/closing_line.py JUNIT.xml. Exit 1 if no test ran."""

import sys
from pathlib import Path
from xml.etree import ElementTree  # our own pytest wrote the file

if __name__ == "__main__":
    suites = ElementTree.parse(Path(sys.argv[1])).getroot().iter("testsuite")  # noqa: S314
    total = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in suites:
        for name in total:
            total[name] += int(suite.get(name, "0"))
    failed = total["failures"] + total["errors"]
    passed = total["tests"] - failed - total["skipped"]
    print(f"{passed} passed, {failed} failed, {total['skipped']} skipped")
    sys.exit(0 if passed and not failed else 1)
