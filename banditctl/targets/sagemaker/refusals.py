"""What AWS answers instead of an answer, by what can be done about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from banditctl.errors import TargetBusy, TargetDenied, TargetThrottled, TargetUnavailable

# AWS models neither code nor text of these; the start of the sentence is what its own tools match (docs/sagemaker.md).
_IN_PROGRESS = "Cannot update in-progress endpoint"
MISSING = "Could not find endpoint"

THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
}

FORBIDDEN = {
    "AccessDenied",
    "AccessDeniedException",
    "NotAuthorized",
    "OptInRequired",
    "UnauthorizedOperation",
}

# These have the time in the text: it would be another failure each time.
_SIGNED = {"InvalidSignatureException", "RequestExpired", "SignatureDoesNotMatch"}

# Who asks is not known any more, or never was.
UNRECOGNIZED = _SIGNED | {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
}

_CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)


class Missing(TargetUnavailable):
    """What was asked for is not there: an endpoint, or its configuration."""


@contextmanager
def answering(doing: str) -> Iterator[None]:
    """Around a call that is `doing` something: raises TargetBusy or a TargetUnavailable where AWS refused it."""
    try:
        yield
    except ClientError as error:
        raise _refusal(doing, error) from error
    except BotoCoreError as error:
        kind = TargetDenied if isinstance(error, _CREDENTIALS) else TargetUnavailable
        raise kind(f"cannot {doing}: {error}") from error


def _refusal(doing: str, error: ClientError) -> TargetUnavailable | TargetBusy:
    told = error.response.get("Error", {})
    code, text = str(told.get("Code", "")), str(told.get("Message", ""))
    if text.startswith(_IN_PROGRESS):
        return TargetBusy(f"cannot {doing}: it is already being updated")
    if code in _SIGNED:
        return TargetDenied(f"cannot {doing}: {code}; is the secret key whole, and the clock of this machine right?")
    kinds = {
        TargetThrottled: code in THROTTLED,
        TargetDenied: code in FORBIDDEN | UNRECOGNIZED,
        Missing: text.startswith(MISSING),
    }
    kind = next((kind for kind, meant in kinds.items() if meant), TargetUnavailable)
    return kind(f"cannot {doing}: {error}")
