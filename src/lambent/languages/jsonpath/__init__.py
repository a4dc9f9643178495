"""
JSONPath as Step Functions has it: the dialect of Jayway's library, and Reference Paths.

`compile_path` turns a path into a `Path` once; `Path.find` is then a closure. A Reference Path
(one that names exactly one place) can also `put` a value.
"""

from lambent.languages.jsonpath.filters import MISSING, InvalidPath, TooMuch
from lambent.languages.jsonpath.path import Path, compile_path

__all__ = ["MISSING", "InvalidPath", "Path", "TooMuch", "compile_path"]
