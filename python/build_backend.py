"""Builds the wheel by the standard library alone, so that pip needs no network for it.

The wheel has a file that names the checkout it was built from: there lies the command that the package starts.
"""

import base64
import hashlib
import re
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = "graphon_limit"
VERSION = re.search(r'__version__ = "(.+)"', (HERE / NAME / "__init__.py").read_text("utf8")).group(1)
FOLDER = f"{NAME}-{VERSION}.dist-info"


def get_requires_for_build_wheel(config_settings=None):
    return []


get_requires_for_build_editable = get_requires_for_build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    files = {f"{NAME}/{path.name}": path.read_bytes() for path in sorted((HERE / NAME).glob("*.py"))}
    files[f"{NAME}/checkout.txt"] = str(HERE.parent).encode()
    return write_wheel(wheel_directory, files)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return write_wheel(wheel_directory, {f"{NAME}.pth": f"{HERE}\n".encode()})


def write_wheel(folder, files):
    readme = (HERE / "README.md").read_text("utf8")
    metadata = (
        f"Metadata-Version: 2.1\nName: graphon-limit\nVersion: {VERSION}\n"
        "Summary: Masks of PyTorch networks: the graphons they converge to, compared, and what they do.\n"
        "License: MIT\nRequires-Python: >=3.9\nRequires-Dist: numpy\n"
        f"Description-Content-Type: text/markdown\n\n{readme}"
    )
    wheel = "Wheel-Version: 1.0\nGenerator: graphon-limit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {
        **files,
        f"{FOLDER}/METADATA": metadata.encode(),
        f"{FOLDER}/WHEEL": wheel.encode(),
        f"{FOLDER}/licenses/LICENSE": (HERE.parent / "LICENSE").read_bytes(),
    }
    record = [f"{path},sha256={digest(content)},{len(content)}\n" for path, content in files.items()]
    files[f"{FOLDER}/RECORD"] = ("".join(record) + f"{FOLDER}/RECORD,,\n").encode()
    name = f"{NAME}-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return name


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
