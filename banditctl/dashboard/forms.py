"""What a browser posts: read up to a bound, and only where the page that posts it is one of ours."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

_BYTES = 16 * 1024
_FIELDS = 50


async def posted(request: Request) -> Mapping[str, str]:
    """The fields of a form. Raises HTTPException for one of another site, too large a one, or what is none."""
    if _foreign(request.headers):
        raise HTTPException(HTTPStatus.FORBIDDEN, "This form was sent from a page of another site. Nothing was done.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A form has at most {_BYTES:,} bytes.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"This is no form: {error}.") from error


def _foreign(headers: Mapping[str, str]) -> bool:
    """Whether a browser sent it for another site; what no browser sent has neither header, nor a cookie to misuse."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site not in {"same-origin", "none"}
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
