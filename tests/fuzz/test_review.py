"""What a browser sends to the review page."""

from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from photogender import Catalog
from photogender.catalog.said.statement import StatementError
from photogender.review.corrections import read_correction, read_undo
from photogender.review.question import BadRequestError, read_question, write_after
from photogender.review.wall import matching, page
from tests.fuzz.damage import damaged, fuzzed, scratch
from tests.fuzz.page import HOST, Page
from tests.support.library import build_reviewed

CATALOG = build_reviewed(scratch() / "review.db")

VALUES: dict[str, list[str]] = {
    "gender": ["female", "male"],
    "age_from": ["0", "20", "116"],
    "age_to": ["0", "31", "116"],
    "confidence": ["0", "50", "100"],
    "reviewed": ["yes", "no", "not_a_face"],
    "folder": ["/p", "/p/2019/", "/"],
    "taken_from": ["2019", "2019-05", "2019-05-31"],
    "taken_to": ["2020", "2020-12-31"],
    "undated": ["yes"],
    "model": ["compact"],
    "name": ["", "a*", "Ada"],
    "sort": ["certain", "newest", "earliest", "youngest", "oldest", "path", "random"],
    "age_group": ["25-32", "60-"],
    "faces": ["1", "2-3", "2-"],
    "unlikely": ["yes"],
    "after": ["[0.5, 3]", '["2019-05-01T12:00:00", 1]', "[1e3, 1]", '["\\ud800", 1]', "[[]]", "9" * 400],
}

sent = st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(values) | st.text(max_size=8) for key, values in VALUES.items()}
)


@fuzzed
@given(sent)
def test_questions_round_trip_and_pages_are_all_that_matches(query: dict[str, str]) -> None:
    try:
        question = read_question(query)
    except BadRequestError as error:
        assert error.message
        return
    if question.after:
        assert read_question({**query, "after": write_after(question.after)}) == question
        return
    with Catalog(CATALOG) as catalog:
        everything = [row["id"] for row in matching(catalog, question)]
        shown = [row["id"] for row in page(catalog, question).faces]
        assert sorted(shown) == sorted(everything)


BODIES = [
    b'{"faces": [{"id": 1, "correction": null, "gender": "female", "age": 30.6}], "name": "Ada"}',
    b'{"faces": [{"id": 2, "correction": 1, "gender": "male", "age": 8}], "age": 9, "not_a_face": false}',
    b'{"corrections": [1, 2], "faces": [1, 2]}',
    b"[" * 2000,
]


@fuzzed
@given(damaged(BODIES, text=True))
def test_damaged_corrections_are_refused(body: bytes) -> None:
    for read in (read_correction, read_undo):
        try:
            assert read(body)
        except (BadRequestError, StatementError) as error:
            assert error.message


PAGE = Page(CATALOG)

PATHS = (
    "/ /static/page.js /static/../app.py /static/%2e%2e /faces/1.jpg /faces/99999999999999999999.jpg /faces/-1.jpg "
    "/photos/1.jpg /api/settings /api/choices /api/faces /api/matching /api/overview /api/waiting /api/faceless "
    "/api/photos/1 /api/photos/1/faces /api/corrections /api/undo //etc/passwd"
).split()

some_headers = st.fixed_dictionaries(
    {"host": st.just(HOST.encode()) | st.binary(max_size=9)},
    optional={
        "origin": st.sampled_from([b"http://" + HOST.encode(), b"null", b"http://evil", b"\xff"]),
        "content-type": st.sampled_from([b"application/json", b"text/plain"]),
        "cookie": st.binary(max_size=20) | st.sampled_from([b"photogender-8000=", b"photogender-8000=\xff; a"]),
        "sec-fetch-site": st.sampled_from([b"same-origin", b"cross-site", b"\xff"]),
        "sec-fetch-mode": st.sampled_from([b"navigate", b"cors"]),
    },
)


@fuzzed
@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "\xe9"]),
    st.sampled_from(PATHS) | st.text(max_size=12).map("/".__add__),
    sent.map(urlencode) | st.text(max_size=20),
    some_headers,
    damaged(BODIES, text=True),
    st.booleans(),
)
def test_any_request_is_answered_and_none_without_the_cookie(
    method: str, path: str, query: str, given_headers: dict[str, bytes], body: bytes, knows_cookie: bool
) -> None:
    headers = given_headers | (PAGE.cookie() if knows_cookie else {})
    status = PAGE.ask(method, path, query, headers, body)
    assert status in (200, 400, 403, 404, 405, 413, 503)
    if not knows_cookie:
        assert status in (400, 403)
