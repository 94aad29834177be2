"""Where files come from: a folder, or S3 under a prefix; their lines one by one, unzipped."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from banditctl.errors import SourceUnavailable, UsageError
from banditctl.importers.reading import Refused

_ENDINGS = (".jsonl", ".jsonl.gz")
_CONFIG = Config(connect_timeout=3, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})


@dataclass(frozen=True)
class File:
    """A file as its user would name it, and the whole path by which it is known."""

    shown: str
    path: str
    open: Callable[[], IO[bytes]]


def files(source: str) -> list[File]:
    """Every .jsonl and .jsonl.gz in a folder or under `s3://BUCKET/PREFIX`, or that one file.

    Raises UsageError and SourceUnavailable.
    """
    with _available(source):
        return list(_in_s3(source) if source.startswith("s3://") else _in_folder(Path(source)))


@contextmanager
def lines(file: File) -> Iterator[Iterator[bytes]]:
    """The lines of a file; raises SourceUnavailable, and Refused where what was zipped is damaged."""
    with _available(file.shown), file.open() as raw:
        try:
            if file.path.endswith(".gz"):
                with gzip.open(raw) as unzipped:
                    yield iter(unzipped)
            else:
                yield iter(raw)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Refused("is not gzip, or was damaged or cut short") from error


def _in_folder(source: Path) -> Iterator[File]:
    for path in source.rglob("*") if source.is_dir() else [source]:
        if path.name.endswith(_ENDINGS) and path.is_file():
            yield File(str(path), path.resolve().as_posix(), partial(_opened, path))


def _opened(path: Path) -> BufferedReader:
    return path.open("rb")


def _in_s3(source: str) -> Iterator[File]:
    bucket, _, prefix = source.removeprefix("s3://").partition("/")
    if not bucket:
        raise UsageError(f"{source} names no bucket; write s3://BUCKET/PREFIX")
    # A prefix stands for a folder: without the slash, flights would bring flights-old along.
    under = prefix if not prefix or prefix.endswith(("/", *_ENDINGS)) else f"{prefix}/"
    client = boto3.client("s3", config=_CONFIG)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=under):
        for key in (listed["Key"] for listed in page.get("Contents", [])):
            if key.endswith(_ENDINGS):
                yield File(f"s3://{bucket}/{key}", key, partial(_object, client, bucket, key))


# boto3 makes its clients while running; their type has no name that could be imported here.
def _object(client: Any, bucket: str, key: str) -> BufferedReader:
    return BufferedReader(client.get_object(Bucket=bucket, Key=key)["Body"])


@contextmanager
def _available(what: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError, OSError) as error:
        raise SourceUnavailable(f"{what} cannot be read: {error}") from error
