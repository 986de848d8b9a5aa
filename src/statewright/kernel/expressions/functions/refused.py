"""Names that templates know elsewhere and that we refuse: they read the host, or make keys and passwords.

Each has a code, what it does, and what to do instead.
"""

from __future__ import annotations

_HOST = (
    "EXPR_IMPURE",
    "reads the machine that it runs on; a decision must not",
    "list it under `env:` and use .env.NAME",
)
_NETWORK = ("EXPR_IMPURE", "asks the network", "use a tool")
_KEYS = ("EXPR_IMPURE", "makes keys, certificates or passwords, which would enter the journal", "use a tool")
_RANDOM = (
    "EXPR_IMPURE",
    "would differ in every replay",
    "use uuidv4, randInt or shuffle; they draw from the run's seed",
)
_FILES = ("EXPR_IMPURE", "reads files", "use a tool")
_REFLECTION = ("EXPR_ATTRIBUTE_FORBIDDEN", "reaches into the program", "data is read with dots and brackets")

REFUSED: dict[str, tuple[str, str, str]] = {
    "attr": _REFLECTION,
    "bcrypt": _KEYS,
    "buildCustomCert": _KEYS,
    "decryptAES": _KEYS,
    "derivePassword": _KEYS,
    "encryptAES": _KEYS,
    "env": _HOST,
    "expandenv": _HOST,
    "genCA": _KEYS,
    "genCAWithKey": _KEYS,
    "genPrivateKey": _KEYS,
    "genSelfSignedCert": _KEYS,
    "genSelfSignedCertWithKey": _KEYS,
    "genSignedCert": _KEYS,
    "genSignedCertWithKey": _KEYS,
    "getHostByName": _NETWORK,
    "getattr": _REFLECTION,
    "htpasswd": _KEYS,
    "random": _RANDOM,
    "readFile": _FILES,
    "read_file": _FILES,
    "uuid": _RANDOM,
}
