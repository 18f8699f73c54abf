"""Write the reference pages that are made from the code.

python -m scripts.reference            write them
python -m scripts.reference --check    say which are out of date, exit 1 if any is
"""

import argparse
import sys

from scripts.reference.pages import FOLDER, PAGES, ROOT


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true", help="write nothing")
    check: bool = options.parse_args(argv).check
    stale = 0
    for name, make in PAGES.items():
        page = FOLDER / name
        text = make()
        if page.exists() and page.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"{page.relative_to(ROOT)} is out of date: run python -m scripts.reference")
        else:
            page.write_text(text, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
