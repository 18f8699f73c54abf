"""Private keys for the venue's own packages, which all bring pycryptodome along: RSA and Ed25519, as PEM texts."""

from Crypto.PublicKey import ECC, RSA

from clients.exchange import Exchange

KINDS = ("rsa", "ed25519")


def private_key(exchange: Exchange, name: str, kind: str) -> tuple[str, str]:
    """(API key, private key) of a further key of an account; the exchange is told the public half."""
    if kind == "rsa":
        made = RSA.generate(2048)
        private, public = made.export_key(pkcs=8), made.public_key().export_key()
        return exchange.key_by(name, public.decode()), private.decode()
    made = ECC.generate(curve="ed25519")
    return exchange.key_by(name, made.public_key().export_key(format="PEM")), made.export_key(format="PEM")
