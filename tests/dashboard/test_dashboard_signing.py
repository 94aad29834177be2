"""Who may look and who may steer: by a session where there are keys, and by anybody where there are none."""

from datetime import timedelta

import pytest

from banditctl.credentials import Scope
from banditctl.quota import Quota

PAGE = "/experiments/fares"
PAUSE = f"{PAGE}/pause"
WHY = {"reason": "the shop is being moved"}


def sign_in(client, key, onward=PAGE):
    return client.post("/sign-in", data={"key": key, "next": onward})


def led(answer):
    """Where an answer leads, and what is said there."""
    assert answer.status_code == 303
    return answer.headers["location"]


def said(client, path=PAGE):
    """What the form says to somebody who is asked to sign in."""
    form = client.get(led(client.get(path)))
    assert form.status_code == 200
    assert "<h1>Sign in</h1>" in form.text
    return form.text


def test_without_keys_anybody_may_look_and_steer(web, visitor):
    web.decide()
    assert visitor.get(PAGE).status_code == 200
    assert led(visitor.post(PAUSE, data=WHY)) == PAGE
    assert web.taken()[0].who == "local"
    assert led(visitor.get("/sign-in?next=/experiments/fares")) == PAGE


def test_with_keys_one_signs_in_once_and_is_led_back(web, visitor):
    web.decide()
    key = web.key("anna", "read")
    assert led(visitor.get(PAGE)) == f"/sign-in?next={PAGE}"
    assert 'role="alert"' not in said(visitor)
    answer = sign_in(visitor, f" {key} ")
    assert led(answer) == PAGE
    page = visitor.get(PAGE)
    assert page.status_code == 200
    assert "Signed in as anna" in page.text


def test_the_cookie_is_no_key_and_goes_nowhere_else(web, visitor):
    key = web.key("anna", "read")
    kept = sign_in(visitor, key).headers["set-cookie"]
    assert key not in kept
    for part in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"):
        assert part in kept
    assert "Secure" not in kept
    through_tls = visitor.post("/sign-in", data={"key": key}, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in through_tls.headers["set-cookie"]


KEYS = [("bk_nobody", "not known"), ("", "not known"), ("é", "not known"), ("ingest", "has not the scope read")]


@pytest.mark.parametrize(("key", "why"), KEYS)
def test_a_key_that_does_not_open_is_told_why(web, visitor, key, why):
    web.key("anna", "read")
    shown = web.key("shop", "ingest") if key == "ingest" else key
    answer = sign_in(visitor, shown)
    assert answer.status_code == 403
    assert why in answer.text
    assert "set-cookie" not in answer.headers
    assert not shown or shown not in answer.text


def test_a_key_that_was_revoked_is_said_plainly_and_another_can_be_shown(web, visitor):
    key, other = web.key("anna", "read"), web.key("bert", "read")
    sign_in(visitor, key)
    assert visitor.get(PAGE).status_code == 200
    web.revoke(key)
    assert "The key that you signed in with was revoked." in said(visitor)
    sign_in(visitor, other)
    assert visitor.get(PAGE).status_code == 200


def test_a_session_ends_after_twelve_hours(web, visitor):
    sign_in(visitor, web.key("anna", "read"))
    before = web.now()
    web.now = lambda: before + timedelta(hours=11, minutes=59)
    assert visitor.get(PAGE).status_code == 200
    web.now = lambda: before + timedelta(hours=12, seconds=1)
    assert "You were signed out" in said(visitor)


def test_a_key_that_asks_too_often_is_told_to_wait(web, visitor):
    web.access._quota = Quota(requests=2)
    key = web.key("anna", "read")
    headers = {"Authorization": f"Bearer {key}"}
    answers = [visitor.get("/", headers=headers) for _ in range(50)]
    late = answers[-1]
    assert (answers[0].status_code, late.status_code) == (200, 429)
    assert late.headers["retry-after"] == "1"
    assert "The key has sent more requests than it may; send the same request again in 1 s." in late.text


def test_signing_out_ends_the_session_wherever_its_cookie_is(web, visitor):
    sign_in(visitor, web.key("anna", "read"))
    cookie = visitor.cookies["banditctl_session"]
    assert led(visitor.post("/sign-out")) == "/sign-in"
    assert "banditctl_session" not in visitor.cookies
    visitor.cookies.set("banditctl_session", cookie)
    assert "You were signed out" in said(visitor)


def test_a_key_in_a_header_opens_pages_as_it_opens_the_api(web, visitor):
    key = web.key("anna", "read")
    assert visitor.get("/", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert visitor.get("/", headers={"Authorization": "Bearer bk_other"}).status_code == 303
    assert visitor.get("/", headers={"Authorization": key}).status_code == 303


def test_what_a_gateway_in_front_asks_of_a_browser_leaves_its_session_alone(web, visitor):
    sign_in(visitor, web.key("anna", "read"))
    assert visitor.get(PAGE, headers={"Authorization": "Basic cHJveHk6cHc="}).status_code == 200
    assert visitor.get(PAGE, headers={"Authorization": "Bearer bk_other"}).status_code == 303


def test_a_cookie_is_no_key_to_the_api(web, visitor):
    sign_in(visitor, web.key("anna", "admin"))
    assert web.access.admit(visitor.cookies["banditctl_session"].encode(), Scope.READ).status == 401


def test_to_steer_takes_the_scope_admin(web, visitor, admin):
    web.decide()
    sign_in(visitor, web.key("anna", "read"))
    for answer in (visitor.get(PAUSE), visitor.post(PAUSE, data=WHY)):
        assert answer.status_code == 403
        assert "a key with the scope admin" in answer.text
    assert "That needs a key with the scope admin." in visitor.get(PAGE).text
    assert web.given() is None
    assert admin.get(PAUSE).status_code == 200
    assert led(admin.post(PAUSE, data=WHY)) == PAGE
    (order,) = web.taken()
    assert (order.verb, order.why, order.who) == ("pause", WHY["reason"], "sre")


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/v1/events", "x", "/a\n"]
)
def test_signing_in_leads_nowhere_else(web, visitor, onward):
    key = web.key("anna", "read")
    assert led(sign_in(visitor, key, onward)) == "/"
    assert led(visitor.get("/sign-in", params={"next": onward})) == "/"


def test_until_the_keys_could_be_read_nobody_looks(web, visitor):
    web.access._granted = None
    for answer in (visitor.get("/"), sign_in(visitor, "bk_any")):
        assert answer.status_code == 503
        assert "The keys could not be read from the store yet" in answer.text


def test_a_link_from_elsewhere_finds_a_session_that_is_there(web, visitor):
    """A strict cookie is not sent along with it; from our own page it is."""
    web.key("anna", "read")
    answer = visitor.get(PAGE, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0">' in answer.text
    assert "Signed in" not in answer.text
    assert led(visitor.get(PAGE, headers={"Sec-Fetch-Site": "same-origin"})) == f"/sign-in?next={PAGE}"


ORIGINS = [
    ({"Sec-Fetch-Site": "same-origin"}, 303),
    ({"Sec-Fetch-Site": "none"}, 303),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Origin": "OURS"}, 303),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, 303),
    ({}, 303),
]


@pytest.mark.parametrize(("headers", "status"), ORIGINS)
def test_a_form_on_another_site_does_nothing_here(web, visitor, headers, status):
    web.decide()
    sign_in(visitor, web.key("anna", "admin"))
    sent = {name: web.url if value == "OURS" else value for name, value in headers.items()}
    assert visitor.post(PAUSE, data=WHY, headers=sent).status_code == status
    assert (web.given() is not None) == (status == 303)


def test_another_site_signs_nobody_in_or_out(web, visitor):
    key, foreign = web.key("anna", "read"), {"Sec-Fetch-Site": "cross-site"}
    assert visitor.post("/sign-in", data={"key": key}, headers=foreign).status_code == 403
    sign_in(visitor, key)
    assert visitor.post("/sign-out", headers=foreign).status_code == 403
    assert visitor.get(PAGE).status_code == 200


BODIES = [
    (b"reason=" + b"x" * 20_000, 413),
    (b"\xff\xfe=1", 400),
    (b"&".join(b"a%d=1" % number for number in range(60)), 400),
    (b"", 422),
]


@pytest.mark.parametrize(("body", "status"), BODIES)
def test_what_is_no_form_of_ours_is_refused(web, visitor, body, status):
    web.decide()
    answer = visitor.post(PAUSE, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == status
    assert web.given() is None


def test_sessions_are_bounded_and_the_oldest_makes_room(web, visitor, monkeypatch):
    monkeypatch.setattr("banditctl.dashboard.sessions._MOST", 2)
    key = web.key("anna", "read")
    clients = [web.client() for _ in range(3)]
    for client in clients:
        sign_in(client, key)
    assert [client.get("/").status_code for client in clients] == [303, 200, 200]
    for client in clients:
        client.close()
