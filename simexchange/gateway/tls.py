"""TLS: a certificate authority of one's own, in the data folder, and the server certificate it signs.

``DATA/tls/`` holds three files. ``ca-key.pem`` can sign for any name, so only its owner may read it, as with the API
keys. ``ca.pem`` is what a client must trust. ``bundle.pem`` is what this machine trusts anyway with ``ca.pem`` added,
because most variables and options *replace* what a client trusts: with the bundle nothing else breaks.

The authority stays the same for as long as the folder does; server certificates are signed anew at every start.
"""

import os
import ssl
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from simexchange.errors import ConfigError

FOLDER: Final = "tls"
CA: Final = "ca.pem"
KEY: Final = "ca-key.pem"
BUNDLE: Final = "bundle.pem"
CA_FILE: Final = f"{FOLDER}/{CA}"
MADE: Final = (CA_FILE, f"{FOLDER}/{KEY}", f"{FOLDER}/{BUNDLE}", FOLDER)
"""What is made in a data folder, files before their folder."""

OWN_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_SYSTEM: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/opt/homebrew/etc/openssl@3/cert.pem",
)
"""Where operating systems keep what they trust, where the TLS library does not say."""


class AuthorityInvalid(ConfigError):
    """The files of the authority cannot be used."""


class Authority:
    """The certificate authority of one data folder; made where there is none yet."""

    def __init__(self, data: Path) -> None:
        self.folder = data / FOLDER
        self.ca = self.folder / CA
        self.bundle = self.folder / BUNDLE
        key = self.folder / KEY
        if key.exists() and self.ca.exists():
            self._load(key)
        else:
            self._make(key)

    def _load(self, key: Path) -> None:
        import trustme

        if os.name == "posix" and key.stat().st_mode & 0o077:
            raise AuthorityInvalid(f"{key} can be read by others; say: chmod 600 {key}")
        try:
            self._authority = trustme.CA.from_pem(self.ca.read_bytes(), key.read_bytes())
        except (OSError, ValueError, TypeError) as error:
            # The text of the error may quote the key, so it is not repeated.
            raise AuthorityInvalid(
                f"{self.folder} holds no usable certificate authority; remove the folder, and a new one is made"
            ) from error

    def _make(self, key: Path) -> None:
        import trustme

        self._authority = trustme.CA(
            organization_name="simexchange", organization_unit_name=f"local authority {trustme.random_text()}"
        )
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(key, self._authority.private_key_pem.bytes(), 0o600)
            _write(self.ca, self._authority.cert_pem.bytes(), 0o644)
        except OSError as error:
            raise AuthorityInvalid(f"cannot write into {self.folder}: {error.strerror}") from error

    def context(self, names: Iterable[str]) -> ssl.SSLContext:
        """What a server needs to be any of *names*: host names and addresses.

        Raises AuthorityInvalid where one of them cannot stand in a certificate.
        """
        whole = dict.fromkeys((*OWN_NAMES, *(name.strip("[]") for name in names)))
        try:
            certificate = self._authority.issue_cert(*whole, common_name="simexchange")
        except ValueError as error:
            raise AuthorityInvalid(f"no certificate can be made for a host of that name: {error}") from None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # The only protocol spoken; a client that insists on HTTP/2 is told so in the handshake.
        context.set_alpn_protocols(["http/1.1"])
        certificate.configure_cert(context)
        return context

    def write_bundle(self, environ: Mapping[str, str]) -> Path:
        """Write ``bundle.pem`` from what a program started with *environ* trusts; its path."""
        ours = self.ca.read_text(encoding="ascii")
        trusted = next((text for path in self._candidates(environ) if (text := _read(path))), "")
        try:
            _write(self.bundle, (trusted.rstrip("\n") + "\n" + ours).lstrip("\n").encode(), 0o644)
        except OSError as error:
            raise AuthorityInvalid(f"cannot write {self.bundle}: {error.strerror}") from error
        return self.bundle

    def _candidates(self, environ: Mapping[str, str]) -> Iterable[Path]:
        asked = [environ.get(name, "") for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")]
        own = ssl.get_default_verify_paths()
        known = [*asked, own.cafile or "", own.openssl_cafile, *_SYSTEM]
        # A bundle that was exported earlier has an authority of ours in it already: the system's own has not.
        return [Path(path) for path in known if path and Path(path).parent.name != FOLDER]


def environment(ca: Path, bundle: Path) -> dict[str, str]:
    """The variables that make clients trust the authority, by name.

    OpenSSL (so Python's ssl, aiohttp, httpx) and rustls read ``SSL_CERT_FILE``; requests the next; curl and again
    requests the third; websocket-client, under two of the venue's own connectors, the fourth; pip's and AWS's
    libraries have theirs and are left alone. Node adds to what it trusts, so it is given the authority alone.
    """
    whole = str(bundle)
    return {
        "SSL_CERT_FILE": whole,
        "REQUESTS_CA_BUNDLE": whole,
        "CURL_CA_BUNDLE": whole,
        "WEBSOCKET_CLIENT_CA_BUNDLE": whole,
        "NODE_EXTRA_CA_CERTS": str(ca),
    }


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text if "BEGIN CERTIFICATE" in text else ""


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, with *mode* from its first moment."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
