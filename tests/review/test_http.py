"""The review page's server as browsers and attackers meet it: the real command, over the loopback."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from photogender.catalog.catalog import Catalog
from photogender.cli import main
from photogender.review.guard import Keys
from photogender.review.serve import allowed_hosts
from tests.support.photos import rows
from tests.support.review_site import LEAST_CERTAIN, ODD_FILE, ODD_NAME, Site, build_site, correct, seen, serve

PATHS = (
    *("/", "/static/app.js", "/api/settings", "/api/choices", "/api/faces", "/api/overview"),
    *("/api/matching", "/api/waiting", "/people", "/static/people.js", "/api/people", "/api/groups"),
    *("/api/faces?unlikely=yes", "/api/faceless", "/photos/1.jpg?small=yes"),
    *("/api/photos/1", "/faces/1.jpg", "/photos/1.jpg"),
)
POSTS = (
    *("/api/corrections", "/api/undo"),
    *("/api/groups/confirm", "/api/groups/reject", "/api/groups/join", "/api/groups/ignore"),
    *("/api/people/set", "/api/people/rename", "/api/people/merge", "/api/people/undo"),
)


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return build_site(tmp_path)


@pytest.fixture
def site(catalog: Path, tmp_path: Path) -> Iterator[Site]:
    with serve(catalog, tmp_path / "cache") as running:
        yield running


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A page that no test changes."""
    folder = tmp_path_factory.mktemp("looked-at")
    with serve(build_site(folder), folder / "cache") as running:
        yield running


def read(site: Site, path: str) -> dict[str, object]:
    status, _, body = site.ask(path)
    assert status == 200, body
    answer: dict[str, object] = json.loads(body)
    return answer


@pytest.mark.parametrize("path", PATHS)
def test_everything_answers_with_the_cookie_and_nothing_without(looked_at: Site, path: str) -> None:
    status, headers, body = looked_at.ask(path)
    assert status == 200
    assert body
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "server" not in headers

    for cookie in ("", "x=y", looked_at.cookie.partition("=")[0] + "=wrong", looked_at.cookie + "x"):
        status, headers, body = looked_at.ask(path, Cookie=cookie)
        assert status == 403
        assert b"photogender review printed" in body
        assert "set-cookie" not in headers
        assert "content-security-policy" in headers


def test_the_cookie_is_for_this_page_alone(looked_at: Site) -> None:
    parts = urlsplit(looked_at.address)
    status, headers, body = looked_at.ask(f"/?{parts.query}&gender=female", Cookie="")
    assert status == 200
    assert b"<!doctype html>" in body
    assert headers["cache-control"] == "no-cache"
    attributes = headers["set-cookie"].split("; ")
    assert attributes[0] == looked_at.cookie
    assert set(attributes[1:]) == {f"Path={looked_at.base}/", "HttpOnly", "SameSite=Strict"}
    token = parts.query.removeprefix("token=")
    assert token not in looked_at.cookie
    assert len(token) > 40


@pytest.mark.parametrize(
    "path", ["/?token=", "/?token=wrong", "/?token=%ff%00", "/api/faces?token={}", "/faces/1.jpg?token={}"]
)
def test_a_wrong_token_or_one_elsewhere_opens_nothing(looked_at: Site, path: str) -> None:
    token = urlsplit(looked_at.address).query.removeprefix("token=")
    assert looked_at.ask(path.format(token), Cookie="")[0] == 403
    assert looked_at.ask(f"/?token={token}", "POST", "", Cookie="", Origin=looked_at.origin)[0] == 403


def test_two_pages_on_one_machine_do_not_see_each_other(looked_at: Site, catalog: Path, tmp_path: Path) -> None:
    with serve(catalog, tmp_path / "cache") as other:
        assert other.base != looked_at.base
        assert other.cookie != looked_at.cookie
        both = f"{looked_at.cookie}; {other.cookie}"
        assert other.ask("/api/settings", Cookie=both)[0] == 200
        assert other.ask("/api/settings", Cookie=looked_at.cookie)[0] == 403
    token = urlsplit(looked_at.address).query
    for path in ("/", f"/?{token}", "/api/faces", f"/static/../{looked_at.base}/api/faces", looked_at.base):
        status, headers, body = looked_at.ask_exactly(path)
        assert status == 403, path
        assert b"complete address" in body
        assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "localhost",
        "127.0.0.1.evil.example:{port}",
        "127.0.0.1:1",
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/faces", "/faces/1.jpg"])
def test_another_host_is_refused(looked_at: Site, host: str, path: str) -> None:
    port = looked_at.host.rpartition(":")[2]
    status, _, body = looked_at.ask(path, Host=host.format(port=port))
    assert status == 400
    assert b"gender" not in body


def test_its_own_names_are_taken(looked_at: Site) -> None:
    port = looked_at.host.rpartition(":")[2]
    assert looked_at.ask("/api/faces", Host=f"localhost:{port}")[0] == 200


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "https://{host}", "http://127.0.0.1:1", "http://{host}.evil.example"]
)
def test_a_cross_origin_post_changes_nothing(looked_at: Site, path: str, origin: str) -> None:
    status, _, _ = looked_at.post(path, '{"faces": [1]}', Origin=origin.format(host=looked_at.host))
    assert status == 403
    assert read(looked_at, "/api/overview")["reviewed"] == 0


@pytest.mark.parametrize("where", ["cross-site", "same-site"])
def test_what_another_site_or_port_asks_for_is_refused(looked_at: Site, where: str) -> None:
    assert looked_at.ask("/faces/1.jpg", Sec_Fetch_Site=where, Sec_Fetch_Mode="no-cors")[0] == 403
    assert looked_at.ask("/api/faces", Sec_Fetch_Site=where, Sec_Fetch_Mode="navigate")[0] == 403
    assert looked_at.post("/api/undo", '{"faces": [1]}', Sec_Fetch_Site=where)[0] == 403
    # A link to the page itself, with its token, may lie anywhere.
    parts = urlsplit(looked_at.address)
    arrived = looked_at.ask(f"/?{parts.query}", Cookie="", Sec_Fetch_Site=where, Sec_Fetch_Mode="navigate")
    assert arrived[0] == 200


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_form_changes_nothing(looked_at: Site, kind: str) -> None:
    assert looked_at.post("/api/corrections", '{"faces": [1]}', Content_Type=kind)[0] == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_do_nothing(looked_at: Site, method: str) -> None:
    assert looked_at.ask("/api/corrections", method, "", Origin=looked_at.origin)[0] in (403, 405)
    assert looked_at.ask("/api/corrections")[0] == 405


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/%2e%2e%2fguard.py",
        "/static/..%5capp.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/",
        "/static/app.js/..",
        "/static/app.js%00.html",
        "/../../../../etc/passwd",
        "//etc/passwd",
        "/faces/../catalog.db",
        "/faces/1.jpg/../../catalog.db",
        "/faces/%2e%2e%2fcatalog.jpg",
        "/faces/-1.jpg",
        "/faces/1e3.jpg",
        "/faces/1",
        "/faces/0.jpg",
        "/faces/99999999999999999999999999.jpg",
        "/photos/..%2f..%2fcatalog.db",
        "/photos//etc/passwd.jpg",
        "/photos/99.jpg",
        "/api/photos/99999999999999999999999999",
        "/api/photos/../faces",
        "/catalog.db",
    ],
)
def test_no_path_leads_out(looked_at: Site, path: str) -> None:
    status, _, body = looked_at.ask(path)
    assert status == 404
    for secret in (b"root:", b"import", b"SQLite"):
        assert secret not in body


def test_the_folder_filter_is_a_text_and_opens_nothing(looked_at: Site, tmp_path: Path) -> None:
    assert read(looked_at, "/api/faces?folder=/etc")["faces"] == []
    assert read(looked_at, "/api/faces?folder=%27%29%20OR%201%3D1%20--")["faces"] == []
    assert read(looked_at, "/api/faces?folder=..%2f..%2f%00")["faces"] == []
    assert looked_at.ask("/api/faces?gender=x%27")[0] == 400


def test_pictures_are_served_small_and_upright(looked_at: Site) -> None:
    status, headers, body = looked_at.ask("/faces/1.jpg")
    assert (status, headers["content-type"], body[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    assert headers["cache-control"].startswith("private")
    assert looked_at.ask("/faces/1.jpg")[2] == body
    assert looked_at.ask("/photos/1.jpg")[2][:3] == b"\xff\xd8\xff"


def test_names_that_are_scripts_stay_text(site: Site, catalog: Path) -> None:
    body = json.dumps({"faces": seen(catalog, 1), "name": ODD_NAME})
    status, headers, body = site.post("/api/corrections", body)
    assert (status, headers["content-type"]) == (200, "application/json")
    face = json.loads(body)["faces"][0]
    assert (face["name"], face["file"]) == (ODD_NAME, ODD_FILE)
    _, headers, body = site.ask("/api/photos/1")
    assert headers["content-type"] == "application/json"
    # No page is made of them: the only HTML is a file that holds no name, and its scripts come from files.
    html = site.ask("/")[2].decode()
    assert "pwned" not in html
    assert re.findall(r"<script[^>]*>(.*?)</script>", html) == [""]
    assert not re.search(r"\son\w+=|style=|javascript:", html)


def test_corrections_are_written_with_their_author_and_undone(tmp_path: Path, catalog: Path) -> None:
    with serve(catalog, tmp_path / "cache", "--author", "Ada") as site:
        answer = site.correct(*seen(catalog, 2, 5), gender="female", age=9)
        assert [(f["id"], f["gender"], f["age"], f["reviewed"]) for f in answer["faces"]] == [
            (2, "female", 9, True),
            (5, "female", 9, True),
        ]
        assert rows(catalog, "SELECT face_id, gender, age, author FROM corrections") == [
            (2, "female", 9.0, "Ada"),
            (5, "female", 9.0, "Ada"),
        ]
        first = list(answer["saved"].values())
        assert rows(catalog, "SELECT id FROM corrections") == [(key,) for key in first]
        answer = site.correct(*seen(catalog, 5), not_a_face=True)
        assert answer["faces"][0]["not_a_face"] is True
        assert 5 not in [face["id"] for face in read(site, "/api/faces")["faces"]]  # type: ignore[attr-defined]
        assert site.undo(list(answer["saved"].values()), 5)["faces"][0]["age"] == 9
        answer = site.undo(first, 2, 5)
        assert (answer["faces"][0]["reviewed"], answer["not_latest"], answer["missing"]) == (False, [], [])
        assert rows(catalog, "SELECT * FROM corrections") == []

        assert site.undo([99], 1)["missing"] == [99]


def test_a_face_that_vanished_is_named_and_the_others_are_saved(site: Site, catalog: Path) -> None:
    answer = site.correct(*seen(catalog, 1, 99, 2), gender="male")
    assert (answer["missing"], list(answer["saved"])) == ([99], ["1", "2"])
    assert rows(catalog, "SELECT face_id FROM corrections") == [(1,), (2,)]


@pytest.mark.parametrize("said", [{}, {"gender": "male"}, {"age": 3}, {"name": "Ada"}, {"not_a_face": True}], ids=str)
def test_nothing_is_saved_for_a_face_that_is_not_as_it_was_shown(
    site: Site, catalog: Path, said: dict[str, object]
) -> None:
    shown = seen(catalog, 1, 2)
    correct(catalog, 1, gender="female", age=40)
    answer = site.correct(*shown, **said)
    assert (answer["outdated"], list(answer["saved"])) == ([1], ["2"])
    assert (answer["faces"][0]["id"], answer["faces"][0]["age"]) == (1, 40)
    assert rows(catalog, "SELECT age FROM corrections WHERE face_id = 1") == [(40.0,)]
    assert list(site.correct(*seen(catalog, 1), **said)["saved"]) == ["1"]


def test_another_estimate_is_not_confirmed_unseen(site: Site, catalog: Path) -> None:
    shown = seen(catalog, 1)
    with Catalog(catalog, mode="write") as other, other.transaction():
        other.fetch("UPDATE faces SET age = 31.5 WHERE id = 1")
    assert site.correct(*shown)["outdated"] == [1]
    assert rows(catalog, "SELECT * FROM corrections") == []


def test_only_the_named_correction_is_undone(site: Site, catalog: Path) -> None:
    (mine,) = site.correct(*seen(catalog, 1), age=3)["saved"].values()
    correct(catalog, 1, age=4)
    answer = site.undo([mine], 1)
    assert (answer["not_latest"], answer["faces"][0]["age"]) == ([mine], 4)
    assert rows(catalog, "SELECT age FROM corrections") == [(3.0,), (4.0,)]


def replaced(catalog: Path, how: str) -> None:
    """Take the catalog away under the page, as a person or a backup does."""
    other = catalog.with_name("other.db")
    match how:
        case "removed":
            catalog.unlink()
        case "renamed over":
            build_site(catalog.parent / "again").replace(catalog)
        case "restored from a backup":
            with sqlite3.connect(catalog) as opened:
                opened.execute("VACUUM INTO ?", [str(other)])
            opened.close()
            other.replace(catalog)
        case "overwritten":
            build_site(catalog.parent / "again").rename(other)
            catalog.write_bytes(other.read_bytes())
        case "another database":
            sqlite3.connect(other).execute("CREATE TABLE t (x)").connection.close()
            catalog.write_bytes(other.read_bytes())


@pytest.mark.parametrize(
    "how", ["removed", "renamed over", "restored from a backup", "overwritten", "another database"]
)
def test_another_catalog_under_the_page_is_noticed(site: Site, catalog: Path, how: str) -> None:
    shown = seen(catalog, 1)
    read(site, "/api/faces")
    site.correct(*seen(catalog, 2))
    replaced(catalog, how)
    for path in ("/api/faces", "/api/overview", "/api/choices", "/api/photos/1", "/faces/1.jpg", "/photos/1.jpg"):
        status, _, body = site.ask(path)
        assert status == 503, path
        assert str(catalog) in json.loads(body)["error"]
    for path, sent in (("corrections", {"faces": shown}), ("undo", {"corrections": [1], "faces": [2]})):
        assert site.post(f"/api/{path}", json.dumps(sent))[0] == 503


def test_a_catalog_that_comes_back_is_used_again(site: Site, catalog: Path) -> None:
    shown = seen(catalog, 1)
    catalog.rename(catalog.with_name("away.db"))
    status, _, body = site.post("/api/corrections", json.dumps({"faces": shown}))
    assert status == 503
    assert "gone" in json.loads(body)["error"]
    catalog.with_name("away.db").rename(catalog)
    assert list(site.correct(*shown)["saved"]) == ["1"]


def test_read_only_refuses_every_change(tmp_path: Path, catalog: Path) -> None:
    correct(catalog, 1, gender="male")
    before = catalog.read_bytes()
    with serve(catalog, tmp_path / "cache", "--read-only") as site:
        assert read(site, "/api/settings")["read_only"] is True
        for path in POSTS:
            status, _, body = site.post(path, '{"faces": [1]}')
            assert status == 403
            assert "--read-only" in json.loads(body)["error"]
        assert len(read(site, "/api/faces")["faces"]) == 8  # type: ignore[arg-type]
    assert catalog.read_bytes() == before


def test_a_body_that_never_ends_is_cut_off(looked_at: Site) -> None:
    assert looked_at.post("/api/corrections", " " * 1_100_000)[0] == 413


def test_photos_that_are_away_are_explained(site: Site, tmp_path: Path) -> None:
    (tmp_path / "photos").rename(tmp_path / "away")
    for path in ("/faces/1.jpg", "/photos/1.jpg"):
        status, _, body = site.ask(path)
        assert status == 404
        assert json.loads(body)["error"] == "the file is gone, or its drive is not connected"
    assert len(read(site, "/api/faces")["faces"]) == 8  # type: ignore[arg-type]
    (tmp_path / "away").rename(tmp_path / "photos")
    assert site.ask("/faces/1.jpg")[0] == 200


def test_a_correction_waits_for_a_scan_and_nothing_is_lost(site: Site, catalog: Path) -> None:
    shown = seen(catalog, 1)
    scan = sqlite3.connect(catalog, isolation_level=None)
    scan.execute("BEGIN IMMEDIATE")
    answers: list[int] = []
    thread = threading.Thread(
        target=lambda: answers.append(site.post("/api/corrections", json.dumps({"faces": shown}))[0])
    )
    thread.start()
    time.sleep(1)
    assert not answers
    # Meanwhile the wall can be looked at.
    assert [face["id"] for face in read(site, "/api/faces")["faces"]] == LEAST_CERTAIN  # type: ignore[attr-defined]
    scan.execute("COMMIT")
    scan.close()
    thread.join(30)
    assert answers == [200]
    assert rows(catalog, "SELECT face_id FROM corrections") == [(1,)]


def test_a_catalog_that_stays_locked_is_said_in_a_sentence(site: Site, catalog: Path) -> None:
    shown = seen(catalog, 1)
    scan = sqlite3.connect(catalog, isolation_level=None)
    scan.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    status, _, body = site.post("/api/corrections", json.dumps({"faces": shown}))
    assert 3 < time.monotonic() - begun < 25
    assert status == 503
    assert "locked" in json.loads(body)["error"]
    scan.execute("COMMIT")
    scan.close()
    assert site.post("/api/corrections", json.dumps({"faces": shown}))[0] == 200


def test_the_numbers_follow_what_other_programs_write(site: Site, catalog: Path) -> None:
    assert [read(site, "/api/overview")["faces"] for _ in range(3)] == [8, 8, 8]
    with Catalog(catalog, mode="change") as other:
        other.correct([1], author="me", not_a_face=True)
    assert [read(site, "/api/overview")["faces"] for _ in range(3)] == [7, 7, 7]


def test_many_ask_at_once(site: Site, catalog: Path) -> None:
    answers: list[int] = []

    def ask(number: int) -> None:
        for path in (f"/faces/{number % 8 + 1}.jpg", "/api/faces", "/api/overview", f"/photos/{number % 7 + 1}.jpg"):
            answers.append(site.ask(path)[0])
        answers.append(
            site.post("/api/corrections", json.dumps({"faces": seen(catalog, number % 8 + 1), "age": number}))[0]
        )

    threads = [threading.Thread(target=ask, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 80
    assert read(site, "/api/overview")["reviewed"] == 8


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_it_cleanly(catalog: Path, tmp_path: Path, times: int) -> None:
    with serve(catalog, tmp_path / "cache") as site:
        site.correct(*seen(catalog, 1))
        for _ in range(times):
            site.process.send_signal(signal.SIGINT)
            time.sleep(0.02)  # two at once count as one
        out, err = site.process.communicate(timeout=30)
    assert site.process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert err.splitlines()[-1] == "The page is closed."
    assert not catalog.with_name("catalog.db-wal").exists()


def test_a_port_that_is_taken(catalog: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = CliRunner().invoke(main, ["review", "--catalog", str(catalog), "--port", str(port), "--no-browser"])
    assert result.exit_code == 1
    assert f"port {port}" in result.stderr
    assert "--port" in result.stderr


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("0.0.0.0", "one address"),
        ("::", "one address"),
        ("192.0.2.1", "--allow-network"),
        ("example.org", "not an IP address"),
    ],
)
def test_other_machines_are_kept_out_unless_asked_for(catalog: Path, host: str, words: str) -> None:
    result = CliRunner().invoke(main, ["review", "--catalog", str(catalog), "--host", host, "--no-browser"])
    assert result.exit_code == 2
    assert words in result.stderr


def test_the_names_of_a_host() -> None:
    assert allowed_hosts("127.0.0.1", 8000) == {"127.0.0.1:8000", "localhost:8000", "[::1]:8000"}
    assert allowed_hosts("192.0.2.1", 8000) == {"192.0.2.1:8000"}
    assert allowed_hosts("fd00::1", 80) == {"[fd00::1]:80", "[fd00::1]"}


def test_the_address_a_browser_is_started_with_is_good_once() -> None:
    keys = Keys(8000)
    once = keys.once
    assert [keys.accept(once), keys.accept(once)] == [True, False]
    assert [keys.accept(keys.token), keys.accept(keys.token)] == [True, True]
    assert not keys.accept("")


def test_no_catalog_is_made(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["review", "--catalog", str(tmp_path / "none.db"), "--no-browser"])
    assert result.exit_code == 1
    assert "There is no catalog" in result.stderr
    assert not (tmp_path / "none.db").exists()


def test_without_the_extra_it_says_what_to_install(catalog: Path) -> None:
    program = (
        "import sys; sys.modules['starlette'] = None\n"
        "from photogender.cli import main\n"
        f"main(['review', '--catalog', {str(catalog)!r}])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "pip install 'photogender[review]'" in result.stderr


def test_an_older_catalog_is_brought_up_to_date_unless_it_is_only_looked_at(catalog: Path, tmp_path: Path) -> None:
    with Catalog(catalog, mode="write") as opened:
        opened.fetch("DELETE FROM _sqlite_migrations WHERE name = 'm001_catalog'").fetchall()
    result = CliRunner().invoke(main, ["review", "--catalog", str(catalog), "--read-only", "--no-browser"])
    assert result.exit_code == 1
    assert "older version" in result.stderr
