"""Keys, certificates and signed tokens, for tests."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

SECRET = "0123456789abcdef0123456789abcdef"
AUDIENCE = "vidocr"


def claims(**others: Any) -> dict[str, Any]:
    """What a good token says, with changes; what is None is left out."""
    told = {"sub": "eve", "aud": AUDIENCE, "exp": int(time.time()) + 600, "scope": "read submit"}
    return {name: value for name, value in (told | others).items() if value is not None}


def signed(key: Any = SECRET, algorithm: str = "HS256", **others: Any) -> str:
    """A token."""
    return jwt.encode(claims(**others), key, algorithm)


def unsigned(header: dict[str, Any], signature: str = "") -> str:
    """A token that nobody has signed, with a header of its own."""

    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part(header)}.{part(claims())}.{signature}"


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA pair."""
    return rsa.generate_private_key(65537, bits)


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    """Its public half."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def certify(folder: Path) -> tuple[Path, Path]:
    """Files of a certificate for this machine that it has signed itself, and of its key."""
    key, now = new_key(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    return paths
