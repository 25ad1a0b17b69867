"""Uploads of the Verify Identity dialect: signed addresses, and the PUT to one, which needs no key."""

import re
from urllib.parse import urlencode

import msgspec
from litestar import Response, post, put

from appliance.api.answers import Answer, AnyRequest, answer
from appliance.api.application import authenticated, services_of
from appliance.api.deepidv.wire import PresignInput, PresignResult, Upload
from appliance.errors import Forbidden, InvalidRequest
from appliance.services import uploads
from appliance.store.uploads import Presigned

PATH = "/v1/upload/put/"
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?", re.ASCII)


@post("/v1/upload/presign", status_code=200)
async def presign(request: AnyRequest) -> Answer:
    """Make an address per file, in the order of the request."""
    caller = authenticated(request)
    services = services_of(request)
    with services.limits.enter(caller.principal):
        wanted = _files(await request.body())
        made = await uploads.presign(
            services, caller, [(file.content_type, file.byte_length) for file in wanted.files]
        )
    base = _base(request, services.settings.server.public_url)
    return answer(PresignResult([Upload(_address(base, one), one.key) for one in made]))


@put(PATH + "{key:path}", status_code=200)
async def put_file(request: AnyRequest) -> Answer:
    """Take one file at its address."""
    services = services_of(request)
    address = _presigned(request)
    services.uploads.check(address)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > address.length:
            raise Forbidden("the upload is longer than its address says")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    request_id = request.scope["state"]["request_id"]
    await uploads.put(services, address, media_type, bytes(data), request_id)
    return Response(b"", status_code=200)


UPLOADS = [presign, put_file]


def _files(body: bytes) -> PresignInput:
    try:
        return msgspec.json.decode(body, type=PresignInput)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"invalid presign request: {error}") from None
    except RecursionError:
        raise InvalidRequest("the JSON body is nested too deeply") from None


def _base(request: AnyRequest, public_url: str) -> str:
    """Absolute address of this dialect as the caller reaches it."""
    prefix: str = request.scope["state"]["prefix"]
    if public_url:
        return public_url.rstrip("/") + prefix
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise InvalidRequest("the Host header is not a host name")
    return f"{request.scope['scheme']}://{host}{prefix}"


def _address(base: str, upload: Presigned) -> str:
    query = urlencode(
        {
            "type": upload.media_type,
            "length": upload.length,
            "expires": upload.expires,
            "signature": upload.signature,
        }
    )
    return f"{base}{PATH}{upload.key}?{query}"


def _presigned(request: AnyRequest) -> Presigned:
    query = request.query_params
    try:
        return Presigned(
            request.path_params["key"].lstrip("/"),
            query["type"],
            int(query["length"]),
            int(query["expires"]),
            query["signature"],
        )
    except (KeyError, ValueError):
        raise Forbidden("the upload address is not valid") from None
