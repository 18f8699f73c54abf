"""`simexchange keys`: of a data folder, and of an exchange that runs."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.cli.running import ask, run, serving


def a_public_key(folder: Path) -> tuple[Path, Path]:
    """The files of a fresh Ed25519 key: public, private."""
    private = Ed25519PrivateKey.generate()
    files = folder / "public.pem", folder / "private.pem"
    files[0].write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    files[1].write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def test_keys_of_a_folder_are_narrowed_bound_and_removed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    quiet = ("--port", 0, "--feed", "none", "--venue", "binance", "--for", "0s")
    run("serve", *quiet, "--data", data, "--key", "demo=simone:first")
    public, private = a_public_key(tmp_path)

    made = ask("keys", "make", data, "demo", "--permit", "reading", "--from", "10.0.0.0/8", "--label", "bot").out
    name = made.partition(":")[0]
    added = ask("keys", "add", data, "demo", "--public-key", public)
    refused = ask("keys", "add", data, "demo", "--public-key", private)
    both = ask("keys", "add", data, "demo", "k:s", "--public-key", public)
    neither = ask("keys", "add", data, "demo", "k")
    changed = ask("keys", "change", data, "simone", "--permit", "reading", "--permit", "futures", "--from", "::1")
    lines = ask("keys", "list", data).out.splitlines()
    free = ask("keys", "change", data, "simone", "--from-anywhere")
    removed = ask("keys", "remove", data, name)
    again = ask("keys", "remove", data, name)
    rows = [json.loads(line) for line in ask("keys", "list", data, "--json").out.splitlines()]

    assert (added.code, changed.code, free.code, removed.code) == (0, 0, 0, 0)
    assert (refused.code, both.code, neither.code, again.code) == (3, 3, 3, 3)
    assert "private key: keep it" in refused.one_line()
    assert lines == [
        "demo  simone  may: reading, futures  from: ::1",
        f"demo  {name}  may: reading  from: 10.0.0.0/8  bot",
        f"demo  {added.out.strip()}  ed25519",
    ]
    assert [(row["api_key"], row["kind"], row["api_secret"]) for row in rows] == [
        ("simone", "hmac", "first"),
        (added.out.strip(), "ed25519", ""),
    ]
    assert rows[0]["addresses"] == []


def test_an_account_is_given_keys_of_the_kinds_that_its_venue_has(tmp_path: Path) -> None:
    data = tmp_path / "data"
    accounts = ("--account", "alice", "--account", "bob@bybit")
    run("serve", "--port", 0, "--feed", "none", "--data", data, *accounts, "--for", "0s")
    public, _ = a_public_key(tmp_path)

    taken = ask("keys", "add", data, "alice", "--public-key", public)
    refused = ask("keys", "add", data, "bob", "--public-key", public)

    assert (taken.code, refused.code) == (0, 3)
    assert refused.one_line().endswith("bybit takes keys of the kinds hmac, rsa, and this one is ed25519")


def test_keys_of_a_running_exchange_hold_at_once(tmp_path: Path) -> None:
    data, ready = tmp_path / "data", tmp_path / "ready.json"
    public, _ = a_public_key(tmp_path)
    with serving(tmp_path, "--feed", "none", "--data", data, "--account", "alice") as served:
        beside = ask("keys", "make", data, "alice")
        made = ask("keys", "make", ready, "alice").out.strip()
        added = ask("keys", "add", ready, "alice", "--public-key", public, "--permit", "reading").out.strip()
        narrowed = ask("keys", "change", ready, made.partition(":")[0], "--permit", "reading")
        unknown = ask("keys", "remove", ready, "nothing")
        lines = ask("keys", "list", ready).out.splitlines()
        ask("keys", "remove", ready, added)
        _, told = served.control("GET", "keys")
    after = ask("keys", "list", ready)
    kept = ask("keys", "list", data).out.splitlines()

    assert (beside.code, narrowed.code, unknown.code) == (3, 0, 3)
    assert "ready file" in beside.one_line()
    assert lines[1:] == [
        f"alice  {made.partition(':')[0]}  may: reading",
        f"alice  {added}  ed25519  may: reading",
    ]
    assert [row["api_key"] for row in told["keys"]] == [lines[0].split()[1], made.partition(":")[0]]
    assert kept == lines[:2]
    # Its ready file went with it.
    assert after.code != 0


def test_a_key_is_told_to_scripts_with_where_it_opens_anything(tmp_path: Path) -> None:
    """The same of a folder and of a running exchange."""
    data = tmp_path / "data"
    with serving(tmp_path, "--feed", "none", "--data", data, "--account", "bob@bybit") as exchange:
        running = json.loads(ask("keys", "make", exchange.ready_file, "bob", "--json").out)
        told = [json.loads(line) for line in ask("keys", "list", exchange.ready_file, "--json").out.splitlines()]
    resting = json.loads(ask("keys", "make", data, "bob", "--json", "--label", "bot").out)
    kept = [json.loads(line) for line in ask("keys", "list", data, "--json").out.splitlines()]

    assert (running["name"], running["venue"], len(running["api_secret"])) == ("bob", "bybit", 64)
    assert set(running) == set(resting)
    assert {row["venue"] for row in (*told, *kept)} == {"bybit"}
    assert kept[-1] == resting
