"""Whether a page of this box sent a request: what browsers say in `Origin`."""


def is_same_origin(origin: str, host: str, scheme: str) -> bool:
    """Whether a page came from where the request went.

    Over TLS a page that came without it is another site's, whatever its host is called: anybody on the way
    can have written it. Without TLS it may have come with it, where a proxy before the box takes it off.

    Args:
        origin: the header `Origin`; "" or "null" is nobody's.
        host: the header `Host`.
        scheme: of the connection: http, https, ws or wss.
    """
    came, _, place = origin.lower().partition("://")
    if came == "http" and scheme in {"https", "wss"}:
        return False
    return bool(place) and place == host.lower()
