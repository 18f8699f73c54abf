"""The page for scripts names what there is."""

import msgspec

from scripts.reference.command_line import EXIT_CODES
from simexchange.cli import exits
from simexchange.cli.ready import Ready, ReadyAccount, ReadyVenue
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "scripts.md").read_text(encoding="utf-8")


def test_every_member_of_the_ready_file_is_named() -> None:
    members = [field.name for kind in (Ready, ReadyAccount, ReadyVenue) for field in msgspec.structs.fields(kind)]

    assert [member for member in members if f"`{member}`" not in PAGE] == []


def test_every_exit_code_is_listed() -> None:
    codes = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}

    assert codes == set(EXIT_CODES)
