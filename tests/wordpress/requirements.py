"""What the portal needs of the machine."""

import subprocess
from pathlib import Path

WORDPRESS = Path("/usr/share/wordpress")
"""Where Debian keeps WordPress; read only."""
MARIADBD = Path("/usr/sbin/mariadbd")
"""Outside an ordinary user's PATH."""
_THEMES = WORDPRESS / "wp-content/themes"

FILES = {
    "mariadb-server-core": MARIADBD,
    "php-cli": Path("/usr/bin/php"),
    "wordpress": WORDPRESS / "wp-load.php",
    "wordpress-l10n": WORDPRESS / "wp-content/languages/vi.mo",
    "wordpress-theme-twentytwentyone": _THEMES / "twentytwentyone/style.css",
    "wordpress-theme-twentytwentytwo": _THEMES / "twentytwentytwo/style.css",
    "wordpress-theme-twentytwentythree": _THEMES / "twentytwentythree/style.css",
}
"""A file of each package, whose presence shows that it is installed."""

PHP_MODULES = {
    "php-gd": "gd",
    "php-mbstring": "mbstring",
    "php-mysql": "mysqli",
    "php-xml": "SimpleXML",
}
"""The PHP module for which each package is needed."""


def missing_packages() -> list[str]:
    """The Debian packages of `packages.txt` that the portal needs and this machine lacks."""
    missing = [package for package, file in FILES.items() if not file.exists()]
    if "php-cli" in missing:
        return missing
    listing = subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout
    loaded = listing.split()
    return missing + [package for package, name in PHP_MODULES.items() if name not in loaded]
