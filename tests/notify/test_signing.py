"""Signatures, held against the standard's own library."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from support.receiving import SECRET

from banditctl.errors import UsageError
from banditctl.notify.signing import keys, signature

OTHER = "whsec_" + b64encode(bytes(range(32))).decode()
NOW = datetime.now(UTC)
BODY = '{"sentence": "größer"}'.encode()


def headers(secrets):
    timestamp = int(NOW.timestamp())
    signed = signature(keys(secrets), "notice_1", timestamp, BODY)
    return {"webhook-id": "notice_1", "webhook-timestamp": str(timestamp), "webhook-signature": signed}


def test_it_is_the_signature_that_the_library_makes():
    made = Webhook(SECRET).sign("notice_1", NOW, BODY.decode())
    assert headers(SECRET)["webhook-signature"] == made


def test_while_the_secret_changes_either_is_good():
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(BODY, headers(f"{SECRET} {OTHER}"))["sentence"] == "größer"
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(BODY, headers(OTHER if secret == SECRET else SECRET))


@pytest.mark.parametrize(
    "secret",
    ["password", "whsec_c2hvcnQ=", "whsec_" + "A" * 33, "whsec_" + "A" * 100, SECRET.replace("M", "-", 1)],
)
def test_a_secret_that_is_none_is_refused_and_not_repeated(secret):
    with pytest.raises(UsageError, match="24 to 64 random bytes in base64") as refused:
        keys(secret)
    assert secret not in str(refused.value)


def test_padding_may_be_left_out():
    assert keys(OTHER.rstrip("=")) == keys(OTHER) == (bytes(range(32)),)
