"""Secrets at rest: a data key for each child, wrapped under the installation's keys, and blind indexes to find what
is encrypted.

* `Vault` holds the installation's encryption keys, the first of which encrypts while all decrypt, so keys can be
  rotated: put a new key first, `rewrap` every stored token that `is_current` calls old, then drop the old key.
* Each child has a `DataKey`. Its wrapped form is stored once; the child's fields, and personal values in the audit,
  are encrypted under it.
  Erasing a child means deleting that one wrapped key: everything under it, audit rows included, can then not be read,
  and the proof remains. A backup that still holds the wrapped key must be left to expire.
* Each token is bound to its `context`, the field and the row it belongs to ("child.given_name:<id>"). Moved
  elsewhere, it does not decrypt.
* `BlindIndex` turns a value into a keyed fingerprint that can be looked up for equality. Its key is apart from the
  encryption keys, because a rotation of those must not break look-ups; changing it means computing all indexes again
  from the decrypted values.

The cipher is AES-256-GCM with a random 96-bit nonce; keys for each use are derived with HKDF-SHA256. Passwords are
not kept here: see identity.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.errors import HomewardError

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "v1"
_SMALLEST_INDEX_KEY = 32


class CryptoError(HomewardError):
    """Something encrypted cannot be read. The message never holds the value or a key."""


class KeyMissingError(CryptoError):
    """A token names an encryption key that this installation was not given: a key was dropped before everything was
    rewrapped.
    """


class KeyDestroyedError(CryptoError):
    """The data key is gone because the child's record was erased. What it protected cannot be read again, by anyone."""


class UnreadableError(CryptoError):
    """A token is damaged, was changed, or stands in a field or row that is not its own."""


def new_key() -> str:
    """A new key for the settings: 32 random bytes in URL-safe base64 (the form of a Fernet key)."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


class DataKey:
    """The opened data key of one child. Keep it no longer than the act that needs it; it cannot be printed or
    pickled.
    """

    __slots__ = ("_cipher", "_mark")

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(_derived(key, "homeward data key"))
        self._mark = _derived(key, "homeward data key fingerprint")

    def __repr__(self) -> str:
        return "<DataKey>"

    def __reduce__(self) -> str:
        raise TypeError("A data key must not leave the process.")

    def encrypt(self, text: str, *, context: str) -> str:
        """A token for `text`, bound to `context` such as "child.given_name:<id>". The same text gives a different
        token each time.
        """
        return f"{_VERSION}.{_sealed(self._cipher, text.encode(), context)}"

    def decrypt(self, token: str, *, context: str) -> str:
        """The text of a token made under this key for this context. Raises `UnreadableError`."""
        version, _, body = token.partition(".")
        if version != _VERSION:
            raise _unreadable()
        return _opened(self._cipher, body, context).decode()

    def encrypt_bytes(self, data: bytes, *, context: str) -> bytes:
        """As `encrypt`, for the content of a file. The same content gives different bytes each time."""
        if not context:
            raise ValueError("What is encrypted needs a context: the field and the row it belongs to.")
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION.encode() + nonce + self._cipher.encrypt(nonce, data, context.encode())

    def decrypt_bytes(self, sealed: bytes, *, context: str) -> bytes:
        """The content that `encrypt_bytes` sealed under this key for this context. Raises `UnreadableError`."""
        start = len(_VERSION)
        if sealed[:start] != _VERSION.encode():
            raise _unreadable()
        nonce, body = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, context.encode())
        except (InvalidTag, ValueError) as error:
            raise _unreadable() from error

    def fingerprint(self, text: str, *, context: str) -> str:
        """64 hexadecimal digits by which a text can be recognised while this key exists, and of which nobody can guess
        the text. Another `context` gives another fingerprint.
        """
        said = f"{len(context)}:{context}{text}"
        return hmac.new(self._mark, said.encode(), hashlib.sha256).hexdigest()


class Vault:
    """The installation's encryption keys, newest first, as `new_key` makes them. Raises ValueError for none, or for
    one of another form.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("At least one encryption key is needed.")
        self._ciphers: dict[str, AESGCM] = {}
        for text in keys:
            key = _key_bytes(text)
            name = _derived(key, "homeward key name").hex()[:12]
            self._ciphers.setdefault(name, AESGCM(_derived(key, "homeward vault")))
        self._current = next(iter(self._ciphers))

    def __repr__(self) -> str:
        return f"<Vault of {len(self._ciphers)}>"

    def new_data_key(self) -> str:
        """A new data key, wrapped: store it with the child, and `open` it to use it."""
        return self._wrap(secrets.token_bytes(_KEY_BYTES), "data key")

    def open(self, wrapped: str | None) -> DataKey:
        """The data key that was wrapped. None or "" says it was destroyed. Raises `KeyDestroyedError`,
        `KeyMissingError`, `UnreadableError`.
        """
        if not wrapped:
            raise KeyDestroyedError("This record was erased, and its key destroyed. It cannot be read.")
        return DataKey(self._unwrap(wrapped, "data key"))

    def rewrap(self, wrapped: str) -> str:
        """The same data key wrapped under the current encryption key; nothing that it encrypted changes. Errors as
        `open`.
        """
        if not wrapped:
            raise KeyDestroyedError("This record was erased, and its key destroyed. It cannot be read.")
        return self._wrap(self._unwrap(wrapped, "data key"), "data key")

    def is_current(self, token: str) -> bool:
        """Whether a wrapped key or a token of `encrypt` is under the first key, so that a rotation can pass it by."""
        return token.startswith(f"{_VERSION}.{self._current}.")

    def encrypt(self, text: str, *, context: str) -> str:
        """A token for a secret that belongs to no child (an authenticator's seed, say), bound to its context."""
        return self._wrap(text.encode(), f"field:{context}")

    def decrypt(self, token: str, *, context: str) -> str:
        """The text of a token from `encrypt` with the same context. Raises `KeyMissingError`, `UnreadableError`."""
        return self._unwrap(token, f"field:{context}").decode()

    def reencrypt(self, token: str, *, context: str) -> str:
        """The same text under the current key. Errors as `decrypt`."""
        return self.encrypt(self.decrypt(token, context=context), context=context)

    def _wrap(self, value: bytes, context: str) -> str:
        return f"{_VERSION}.{self._current}.{_sealed(self._ciphers[self._current], value, context)}"

    def _unwrap(self, token: str, context: str) -> bytes:
        parts = token.split(".")
        if len(parts) != 3 or parts[0] != _VERSION:
            raise _unreadable()
        cipher = self._ciphers.get(parts[1])
        if cipher is None:
            raise KeyMissingError(
                f"The encryption key named {parts[1]} is not among those configured. Add it after the current key.",
                key=parts[1],
            )
        return _opened(cipher, parts[2], context)


class BlindIndex:
    """Keyed fingerprints for looking up encrypted values by equality.

    `index_key` is a setting of its own, of at least 32 characters, and outlives rotations of the encryption keys and
    of the key that signs sessions.
    """

    __slots__ = ("_key",)

    def __init__(self, index_key: str) -> None:
        if len(index_key) < _SMALLEST_INDEX_KEY:
            raise ValueError(f"The index key must have at least {_SMALLEST_INDEX_KEY} characters.")
        self._key = index_key.encode()

    def __repr__(self) -> str:
        return "<BlindIndex>"

    def blind_index(self, value: str, *, purpose: str) -> str:
        """64 hexadecimal digits: the HMAC-SHA256 of an already normalised value under a key derived for `purpose`
        ("child.family_name").

        The same value has different fingerprints for different purposes, so columns cannot be joined on them. Raises
        ValueError for an empty value: all the blanks would look like one child.
        """
        if not value or not purpose:
            raise ValueError("A blind index needs a value and a purpose.")
        return hmac.new(
            _derived(self._key, f"homeward blind index {purpose}"), value.encode(), hashlib.sha256
        ).hexdigest()


_UNSPLIT_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


def name_for_index(name: str) -> str:
    """A person's name as it is indexed: no case, accents, apostrophes or full stops; hyphens are spaces; one space
    between words.

    "O’Brien-Núñez " and "OBRIEN NUNEZ" are one. Scripts other than Latin keep their letters.
    """
    folded = unicodedata.normalize("NFKD", name).casefold().translate(_UNSPLIT_LETTERS)
    letters = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", folded))
    unmarked = re.sub(r"['’‘`´ʼ.]", "", letters)
    return " ".join(re.sub(r"[-\u2010-\u2015,]", " ", unmarked).split())


def number_for_index(number: str) -> str:
    """An identifying number (NHS, UPN, case system) as it is indexed: letters and digits only, in capitals."""
    return "".join(character for character in number.upper() if character.isalnum())


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def _key_bytes(text: str) -> bytes:
    try:
        key = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError("An encryption key must be 32 bytes in URL-safe base64.")
    return key


def _sealed(cipher: AESGCM, value: bytes, context: str) -> str:
    if not context:
        raise ValueError("What is encrypted needs a context: the field and the row it belongs to.")
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + cipher.encrypt(nonce, value, context.encode())).decode("ascii")


def _opened(cipher: AESGCM, body: str, context: str) -> bytes:
    try:
        sealed = base64.b64decode(body.encode("ascii"), altchars=b"-_", validate=True)
        if base64.urlsafe_b64encode(sealed) != body.encode("ascii"):
            raise ValueError("bits that say nothing were changed")  # a token has one spelling
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
    except (UnicodeEncodeError, binascii.Error, InvalidTag, ValueError) as error:
        raise _unreadable() from error


def _unreadable() -> UnreadableError:
    return UnreadableError("This value is damaged, was changed, or belongs to another record. It cannot be read.")
