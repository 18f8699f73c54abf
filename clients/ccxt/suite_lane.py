"""One lane of ccxt's own test suite, in the folder its source distribution was unpacked to.

    python suite_lane.py FOLDER [--sync | --ws] --private --info VENUE [SYMBOL]

The files of the suite stay as they are. Its own entry script also imports tests that are not in the distribution, so
the main class is started here; and where addresses are given, of one check, that the class of `binance` is made with
the real venue's, the subject is a client nobody gave others.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any


def lane(folder: Path) -> None:
    root = folder / "python"
    sys.path[:0] = [str(root), str(root / "ccxt" / "test")]
    import ccxt
    import tests_helpers as told

    module: Any = __import__("tests_sync" if told.IS_SYNCHRONOUS else "tests_async")
    check = module.testMainClass.check_constructor

    def of_the_class(self: Any, exchange: Any) -> None:
        check(self, getattr(ccxt, exchange.id)())

    if "urls" in json.loads((folder / "keys.local.json").read_text())["binance"]:
        module.testMainClass.check_constructor = of_the_class
    run = module.testMainClass().init(told.argvExchange, told.argvSymbol, told.argvMethod)
    if not told.IS_SYNCHRONOUS:
        asyncio.run(run)


if __name__ == "__main__":
    lane(Path(sys.argv.pop(1)).resolve())
