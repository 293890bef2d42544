"""The gate, attacked over a real socket: who may ask, for what, and how much."""

import re
import socket
import time

import httpx
import pytest

from glassnet.errors import ConfigurationError
from glassnet.studio.contract.endpoint import ENDPOINTS
from glassnet.studio.http import connection, door, gate
from glassnet.studio.http.gate import MOST_JSON_BYTES, MOST_UPLOAD_BYTES, Pass
from glassnet.studio.server import Address, listen, listen_again, returning_pass
from glassnet.studio.storage.store import Store

PATHS = sorted({re.sub(r"\{\w+\}", "x1", e.path) for e in ENDPOINTS} | {"/", "/index.html", "/assets/x.js", "/nothing"})


@pytest.fixture
def cookie(live):
    return f"Cookie: {live.entry.cookie_name}={live.entry.cookie}"


def get(live, *lines, path="/api/session"):
    return live.status(f"GET {path} HTTP/1.1", *lines)


def test_the_right_request_passes(live, cookie):
    assert get(live, f"Host: {live.host}", cookie) == 200
    assert get(live, f"Host: localhost:{live.port}", cookie, "Sec-Fetch-Site: none") == 200
    assert get(live, f"Host: [::1]:{live.port}", cookie, f"Origin: http://[::1]:{live.port}") == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:{port}.evil.example",
        "127.0.0.2:{port}",
        "localhost.evil.example:{port}",
        "user@127.0.0.1:{port}",
        "127.1:{port}",
        "",
        "127.0.0.1:{port}, evil.example",
        "0x7f000001:{port}",
        "2130706433:{port}",
        "localhost:{port}/",
        "LOCALHOST.:{port}",
    ],
)
def test_a_foreign_host_is_refused_even_with_the_cookie(live, cookie, host):
    assert get(live, f"Host: {host.format(port=live.port)}", cookie) in (400, 421)


def test_the_host_is_there_exactly_once(live, cookie):
    good = f"Host: {live.host}"
    assert get(live, good, good, cookie) in (400, 421)
    assert get(live, good, "Host: evil.example", cookie) in (400, 421)
    assert get(live, "X-Forwarded-Host: " + live.host, cookie) in (400, 421)
    assert live.status("GET /api/session HTTP/1.0", cookie) in (400, 421)


def test_an_absolute_address_does_not_replace_the_host(live, cookie):
    assert live.status(f"GET http://{live.host}/api/session HTTP/1.1", "Host: evil.example", cookie) in (400, 404, 421)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}@evil.example",
        "file://",
        "http://localhost:1",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_origin_is_refused(live, cookie, origin, method):
    lines = [f"{method} /api/runs HTTP/1.1", f"Host: {live.host}", cookie, f"Origin: {origin.format(port=live.port)}"]
    if method == "POST":
        lines += ["Content-Type: application/json", "X-Glassnet: 1", "Content-Length: 2"]
    assert live.status(*lines, body=b"{}" if method == "POST" else b"") == 403


def test_two_origins_are_refused(live, cookie):
    good = f"Origin: http://{live.host}"
    assert get(live, f"Host: {live.host}", cookie, good) == 200
    assert get(live, f"Host: {live.host}", cookie, good, "Origin: http://evil.example") == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "SAME-ORIGIN", ""])
def test_requests_from_other_sites_are_refused(live, cookie, site):
    assert get(live, f"Host: {live.host}", cookie, f"Sec-Fetch-Site: {site}") == 403


def test_a_write_is_never_typed_into_the_address_bar(live, cookie):
    lines = [f"Host: {live.host}", cookie, "Content-Type: application/json", "X-Glassnet: 1", "Content-Length: 2"]
    post = "POST /api/runs/x/compare HTTP/1.1"
    assert live.status(post, *lines, "Sec-Fetch-Site: same-origin", body=b"{}") == 404
    assert live.status(post, *lines, "Sec-Fetch-Site: none", body=b"{}") == 403


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
def test_every_route_asks_for_the_cookie(live, path, method):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {live.host}", "X-Glassnet: 1", "Content-Type: application/json"]
    assert live.status(*lines, "Content-Length: 0") in ({400, 403} if method == "CONNECT" else {403})


def test_wrong_and_doubled_cookies_are_refused(live, cookie):
    name, value = live.entry.cookie_name, live.entry.cookie
    host = f"Host: {live.host}"
    for wrong in ("", "x", value[:-1], value + "x", value.swapcase(), "é"):
        assert get(live, host, f"Cookie: {name}={wrong}") == 403
    assert get(live, host, f"Cookie: {name}=x; {name}={value}") == 403
    assert get(live, host, cookie, cookie) == 403
    assert get(live, host, f"Cookie: glassnet_1={value}") == 403
    assert get(live, host, f"Cookie: other=1; {name}={value}; more=2") == 200


def test_the_start_token_works_once_and_leaves_a_clean_address(live):
    fresh = Pass(live.port)
    live.entry.token = fresh.token
    start = f"/start?token={fresh.token}"
    assert get(live, f"Host: {live.host}", path="/start") == 403
    assert get(live, f"Host: {live.host}", path="/start?token=wrong") == 403
    assert get(live, f"Host: {live.host}", path=f"{start}&token=again") == 403
    assert get(live, "Host: evil.example", path=start) == 421
    assert get(live, f"Host: {live.host}", "Sec-Fetch-Site: cross-site", path=start) == 403
    answer = live.raw(f"GET {start} HTTP/1.1\r\nHost: {live.host}\r\nConnection: close\r\n\r\n".encode()).decode()
    assert answer.startswith("HTTP/1.1 303")
    assert "\r\nlocation: /\r\n" in answer
    assert f"{live.entry.cookie_name}={live.entry.cookie}; Path=/;" in answer
    assert "HttpOnly; SameSite=Strict" in answer
    assert fresh.token not in answer
    assert get(live, f"Host: {live.host}", path=start) == 403
    assert live.entry.token is None


def test_secrets_are_long_and_never_shown():
    first, second = Pass(1), Pass(1)
    assert len({first.token, first.cookie, second.token, second.cookie}) == 4
    assert all(len(secret) >= 43 for secret in (first.token, first.cookie))
    assert first.token not in repr(first)
    assert first.cookie not in repr(first)


def test_tokens_are_compared_in_constant_time(monkeypatch):
    import glassnet.studio.http.gate as gate

    seen = []
    real = gate.secrets.compare_digest
    monkeypatch.setattr(gate.secrets, "compare_digest", lambda a, b: seen.append((a, b)) or real(a, b))
    entry = Pass(1)
    assert not entry.opens("x")
    assert not entry.take("x")
    assert entry.take(entry.token)
    assert not entry.take("")
    assert len(seen) == 3


@pytest.mark.parametrize("missing", ["X-Glassnet", "Content-Type", ""])
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Glassnet", "2"),
        ("X-Glassnet", ""),
        ("Content-Type", "text/plain"),
        ("Content-Type", "text/csv"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Type", "multipart/form-data; boundary=x"),
        ("Content-Type", "application/json, text/plain"),
    ],
)
def test_a_write_needs_header_and_type(live, cookie, missing, header, value):
    headers = {"X-Glassnet": "1", "Content-Type": "application/json"}
    if missing:
        del headers[missing]
    else:
        headers[header] = value
    lines = [f"{name}: {text}" for name, text in headers.items()]
    answer = live.status(
        "POST /api/runs HTTP/1.1",
        f"Host: {live.host}",
        cookie,
        *lines,
        "Content-Length: 18",
        body=b'{"data":"lecture"}',
    )
    assert answer in (403, 415)


def test_no_write_happens_by_get(live, client):
    before = client.read("/api/runs")
    for e in ENDPOINTS:
        if e.method == "POST" and not any(o.path == e.path and o.method == "GET" for o in ENDPOINTS):
            assert client.get(e.path.format(run="x", data="lecture")).status_code == 404
    assert client.read("/api/runs") == before


def test_a_body_is_limited_by_header_and_by_count(live, cookie):
    for path, kind, limit in (
        ("/api/runs", "application/json", MOST_JSON_BYTES),
        ("/api/data", "text/csv", MOST_UPLOAD_BYTES),
    ):
        lines = [f"POST {path} HTTP/1.1", f"Host: {live.host}", cookie, "X-Glassnet: 1", f"Content-Type: {kind}"]
        assert live.status(*lines, f"Content-Length: {limit + 1}") == 413
        assert live.status(*lines, "Content-Length: -1") in (400, 413)
        assert live.status(*lines, "Content-Length: 99999999999999999999") in (400, 413)
    lines = ["POST /api/runs HTTP/1.1", f"Host: {live.host}", cookie, "X-Glassnet: 1", "Content-Type: application/json"]
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    answer = live.status(*lines, "Transfer-Encoding: chunked", body=chunk * 8 + b"1\r\n \r\n")
    assert answer == 413


def test_every_answer_carries_the_safety_headers(live, client):
    for answer in (
        client.get("/"),
        client.get("/api/session"),
        client.get("/nothing"),
        client.get("/api/runs/x"),
        httpx.get(f"http://{live.host}/"),
        httpx.get(f"http://{live.host}/start"),
    ):
        headers = answer.headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == "'self'"
        assert policy["style-src"] == f"'self' {door.STYLE_HASH}"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert not any(name.startswith("access-control") for name in headers)
        assert "server" not in headers


def test_websockets_are_closed(live, cookie):
    lines = [
        "GET /api/session HTTP/1.1",
        f"Host: {live.host}",
        cookie,
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    assert live.status(*lines) != 101


def test_it_listens_on_this_machine_only(live):
    assert Address("127.0.0.1", 80).hosts == [
        "127.0.0.1:80",
        "localhost:80",
        "[::1]:80",
        "127.0.0.1",
        "localhost",
        "[::1]",
    ]
    assert "0.0.0.0:8000" not in Address("0.0.0.0", 8000).hosts
    assert Address("10.0.0.5", 8000).hosts[-1] == "10.0.0.5:8000"
    bound = listen("127.0.0.1", 0)
    try:
        assert bound.getsockname()[0] == "127.0.0.1"
        bound.listen()
        with pytest.raises(ConfigurationError, match=r"cannot listen on 127\.0\.0\.1, port .*--port"):
            listen("127.0.0.1", bound.getsockname()[1])
    finally:
        bound.close()


def test_a_query_of_many_parts_is_refused_in_words(client):
    for path in ("/api/runs", "/api/data/lecture/rows", "/api/runs/x1/stream"):
        answer = client.get(path + "?" + "&".join(f"a{k}=1" for k in range(200)))
        assert answer.status_code == 400, answer.text
        assert "parts" in answer.json()["message"]


def waited(live, sent):
    """What is read from a connection that stops in the middle of its request, until the server closes it."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as connection:
        connection.sendall(sent)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


@pytest.mark.parametrize("sent", [b"", b"GET /api/session HTTP/1.1\r\nHost: 127."])
def test_a_connection_that_asks_only_half_is_closed(live, monkeypatch, sent):
    monkeypatch.setattr(connection, "SECONDS_PER_REQUEST", 0.3)
    assert waited(live, sent) == b""


def test_a_second_request_that_stops_is_closed_and_the_first_is_answered(live, cookie, monkeypatch):
    monkeypatch.setattr(connection, "SECONDS_PER_REQUEST", 0.3)
    whole = f"GET /api/session HTTP/1.1\r\nHost: {live.host}\r\n{cookie}\r\n\r\n"
    assert waited(live, whole.encode() + b"GET /api").startswith(b"HTTP/1.1 200")


def test_a_body_that_stops_is_no_longer_waited_for(live, cookie, monkeypatch):
    monkeypatch.setattr(gate, "SECONDS_PER_PART", 0.3)
    for path, kind in (("/api/data?name=x", "text/csv"), ("/api/runs", "application/json")):
        head = [f"POST {path} HTTP/1.1", f"Host: {live.host}", cookie, "X-Glassnet: 1", f"Content-Type: {kind}"]
        answer = waited(live, "\r\n".join([*head, "Content-Length: 50", "", "a,b"]).encode())
        assert b" 408 " in answer.split(b"\r\n")[0]
    assert not [path for path in live.studio.store.tables.iterdir() if path.name.startswith("incoming")]


def test_a_stream_that_is_only_read_goes_on(client, monkeypatch):
    monkeypatch.setattr(connection, "SECONDS_PER_REQUEST", 0.2)
    monkeypatch.setattr(gate, "SECONDS_PER_PART", 0.2)
    run = client.write("/api/runs", {"data": "lecture"})["id"]
    with client.stream("GET", f"/api/runs/{run}/stream") as watched:
        lines = watched.iter_lines()
        while not next(lines).startswith("event: frame"):
            pass
        time.sleep(0.6)
        with httpx.Client(base_url=client.base_url, headers=client.headers, cookies=client.cookies) as other:
            other.post(f"/api/runs/{run}/control", json={"do": "move", "unit": "batch"})
        while not (line := next(lines)).startswith("data: ") or '"step":1' not in line:
            pass


@pytest.mark.parametrize("path", ["/", "/start?token=old", "/start", "/index.html", "/nothing"])
def test_who_has_no_cookie_sees_a_page_that_says_what_to_do(live, path):
    answer = httpx.get(f"http://{live.host}{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "glassnet studio</code>" in answer.text
    assert "Open a lab" in answer.text
    assert not re.search("<script|src=|https?://", answer.text)
    told = httpx.get(f"http://{live.host}/api/session")
    assert (told.status_code, told.headers["content-type"]) == (403, "application/json")


def test_a_start_address_that_was_used_still_opens_the_studio_for_who_has_the_cookie(live, client):
    answer = client.get("/start?token=used")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "set-cookie" not in answer.headers
    forged = httpx.get(f"http://{live.host}/start?token=used", cookies={live.entry.cookie_name: "forged"})
    assert forged.status_code == 403


def test_on_the_same_port_an_old_cookie_opens_the_studio_again(tmp_path):
    store = Store(tmp_path / "folder")
    bound = listen_again(store, "127.0.0.1", 0)
    first = Address("127.0.0.1", bound.getsockname()[1])
    entry = returning_pass(store, first)
    bound.close()
    again = listen_again(store, "127.0.0.1", 0)
    again.listen()
    assert again.getsockname()[1] == first.port
    second = returning_pass(store, first)
    assert second.cookie == entry.cookie
    assert second.token != entry.token
    taken = listen_again(store, "127.0.0.1", 0)  # the port of the last time is in use now
    assert taken.getsockname()[1] != first.port
    assert returning_pass(store, Address("127.0.0.1", taken.getsockname()[1])).cookie != entry.cookie
    assert returning_pass(store, Address("0.0.0.0", taken.getsockname()[1])).cookie != entry.cookie
    again.close()
    taken.close()
    store.close()
