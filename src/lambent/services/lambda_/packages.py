"""
What CreateFunction and UpdateFunctionCode check of a zip at once. Pure.

Only the table of contents is read: whether the files can really be unpacked shows when the
function is prepared, and makes it Failed.
"""

import io
import zipfile
from hashlib import sha256
from pathlib import Path

from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.limits import CODE_SIZE_UNZIPPED
from lambent.services.lambda_.records import Code


def check_package(package: bytes) -> None:
    if not package:
        raise InvalidParameterValue("Uploaded file must be a non-empty zip")
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            sizes = [entry.file_size for entry in archive.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        raise InvalidParameterValue(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from None
    if not sizes:
        raise InvalidParameterValue("Uploaded file must be a non-empty zip")
    if sum(sizes) > CODE_SIZE_UNZIPPED:
        raise InvalidParameterValue(
            f"Unzipped size must be smaller than {CODE_SIZE_UNZIPPED} bytes"
        )


def unzipped_size(path: Path) -> int:
    """What a package that has been checked says of itself."""
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def code_of(package: bytes) -> Code:
    """What a package would be once it is kept."""
    return Code(sha256(package).hexdigest(), len(package))
