"""The catalog's tables and views as numbered migrations. A migration that was released is never edited.

Tables: ``pictures`` (one row a content, see docs/identity.md), ``places`` (one row a file with such content),
``folders`` (those that were listed), ``thumbnails``, ``faces`` (one row a face of a picture), ``corrections`` (what a
person said of a face; the latest row of a face wins), ``imported`` (the same of faces that are not in the catalog yet),
``persons`` (one row a name: what was said of the person, and what their faces say together), ``deductions`` (what
follows from that for each face), ``changes`` (to people), ``models``, ``runs`` and ``catalog`` (about itself). The view
``photos`` has the pictures that have a path; ``tags`` has one row a face of those and leaves out what a person marked
as not a face; ``people`` has one row a person. ``path``, ``folder`` and ``root`` hold text; a name that is not UTF-8 is
stored exactly, as a blob.

Triggers note in ``stale`` whose answers have to be made again; ``deduced`` does it before a transaction ends.

``shown`` has a narrow row for each row of ``tags``, which triggers keep equal to it: counting and filtering a million
faces there takes a fifth of the time, since no other table is joined. ``tallies`` has how many of them are of
one month, gender, age, group, and reviewed or not: some 100,000 rows for a million photos. ``pictures.tallies`` adds to
it, and the view ``tallied`` has the faces that are not in yet as well.
"""

from photogender.catalog.sqlite.columns import Table
from photogender.catalog.sqlite.tables import OF_A_FACE, PHOTOS, TABLES
from photogender.catalog.sqlite.views import CERTAINTY, DOUBTFUL, PEOPLE, SHOWN, TAGS

APPLICATION_ID = 0x50474E44
"""``PRAGMA application_id`` of every catalog: the letters PGND."""

UNRELEASED = "m001_tables"
"""The first migration of catalogs made before the first release, whose tables were others."""

MIGRATION_SET = "photogender"
"""The name of our migrations in sqlite-utils' table ``_sqlite_migrations``."""


def _create(name: str, table: Table) -> str:
    lines = [table.key]
    for column in table.columns:
        check = f"CHECK ({column.name} {column.check})" if column.check else ""
        lines.append(" ".join(filter(None, (column.name, column.type, column.more, check))))
    lines += [f"CHECK ({check})" for check in table.checks]
    return f"CREATE TABLE {name} ({', '.join(filter(None, [*lines, table.more]))})"


def _note(names: str) -> str:
    """A statement of a trigger: the answers of the people that ``SELECT names`` gives have to be made again."""
    return f"INSERT OR IGNORE INTO stale (name) SELECT {names} AND name IS NOT NULL;"


_OF_FACE = "name FROM corrections WHERE face_id"

_OF_PHOTO = f"{_OF_FACE} IN (SELECT id FROM faces WHERE photo_id = new.id)"  # noqa: S608

# Only a named face has deductions: of a face of which nothing was said, SQLite need not look for them.
_TAGGED = """
    FROM faces
    JOIN pictures AS photos ON photos.id = faces.photo_id
    LEFT JOIN corrections ON corrections.id = faces.correction_id
    LEFT JOIN deductions ON deductions.id = CASE WHEN faces.correction_id IS NOT NULL THEN faces.id END
"""

_IS_TAGGED = "photos.path IS NOT NULL AND photos.skipped_stage IS NULL AND NOT coalesce(corrections.not_a_face, 0)"


_NEW = {"taken": "taken", "reviewed": "0", "name": "NULL"}
"""SQL of what ``shown`` has of a new face, where that is no column of ``faces``."""


_LAST = "(SELECT tallied FROM catalog)"


def _kind(face: str) -> str:
    """Of a row of ``shown``, in SQL, what ``tallies`` has."""
    return f"substr({face}.taken, 1, 7), {face}.gender, CAST({face}.age AS INTEGER), {face}.age_group, {face}.reviewed"


def add_to_tallies(rows: str) -> str:
    """A statement that adds what ``SELECT rows`` gives: kinds, and how many faces more there are of each."""
    return (
        f"INSERT INTO tallies (taken, gender, age, age_group, reviewed, faces) SELECT {rows} "
        "ON CONFLICT (coalesce(taken, ''), gender, age, age_group, reviewed) "
        "DO UPDATE SET faces = faces + excluded.faces;"
    )


def _show(faces: str) -> str:
    """Statements of a trigger: make the rows of ``shown`` again for the faces with these ids, in SQL."""
    values = ", ".join(column.source for column in SHOWN)
    return (
        f"DELETE FROM shown WHERE face_id IN ({faces}); "  # noqa: S608
        f"INSERT INTO shown SELECT faces.id, {values} {_TAGGED} WHERE {_IS_TAGGED} AND faces.id IN ({faces}); "
        + add_to_tallies(f"{_kind('shown')}, 1 FROM shown WHERE face_id IN ({faces}) AND face_id <= {_LAST}")
    )


_CATALOG = (
    *(_create(name, table) for name, table in TABLES.items()),
    "CREATE INDEX pictures_folder ON pictures(folder, path)",
    "CREATE INDEX pictures_size ON pictures(size)",
    "CREATE INDEX pictures_taken ON pictures(taken) WHERE path IS NOT NULL AND skipped_stage IS NULL",
    "CREATE INDEX pictures_skipped ON pictures(skipped_stage) WHERE skipped_stage IS NOT NULL",
    "CREATE INDEX pictures_run ON pictures(run_id)",
    "CREATE INDEX pictures_replaced ON pictures(replaced_by) WHERE replaced_by IS NOT NULL",
    f"CREATE VIEW photos AS SELECT id, {', '.join(column.name for column in PHOTOS)} FROM pictures "  # noqa: S608
    "WHERE path IS NOT NULL",
    "CREATE INDEX places_folder ON places(folder, path, size, mtime_ns, ctime_ns, photo_id)",
    "CREATE INDEX places_photo ON places(photo_id)",
    "CREATE INDEX faces_photo ON faces(photo_id, correction_id)",
    "CREATE INDEX imported_picture ON imported(content_hash)",
    "CREATE INDEX corrections_face ON corrections(face_id, id)",
    "CREATE INDEX corrections_name ON corrections(name) WHERE name IS NOT NULL",
    # Each face knows its latest correction, so that ``tags`` need not search for it.
    """
    CREATE TRIGGER corrections_made AFTER INSERT ON corrections BEGIN
        UPDATE faces SET correction_id = (SELECT max(id) FROM corrections WHERE face_id = new.face_id)
        WHERE id = new.face_id;
    END
    """,
    """
    CREATE TRIGGER corrections_taken_back AFTER DELETE ON corrections BEGIN
        UPDATE faces SET correction_id = (SELECT max(id) FROM corrections WHERE face_id = old.face_id)
        WHERE id = old.face_id;
    END
    """,
    """
    CREATE TRIGGER corrections_followed AFTER UPDATE OF face_id ON corrections BEGIN
        UPDATE faces SET correction_id = (SELECT max(id) FROM corrections WHERE face_id = faces.id)
        WHERE id IN (old.face_id, new.face_id);
    END
    """,
    "CREATE INDEX deductions_person ON deductions(person_id)",
    "INSERT INTO catalog DEFAULT VALUES",
    f"CREATE TRIGGER said AFTER INSERT ON corrections BEGIN {_note(f'{_OF_FACE} = new.face_id')} END",
    f"""
    CREATE TRIGGER unsaid AFTER DELETE ON corrections BEGIN
        {_note("old.name AS name WHERE TRUE")} {_note(f"{_OF_FACE} = old.face_id")}
    END
    """,
    f"""
    CREATE TRIGGER said_of_another AFTER UPDATE OF face_id ON corrections BEGIN
        {_note(f"{_OF_FACE} IN (old.face_id, new.face_id)")}
    END
    """,
    f"""
    CREATE TRIGGER estimated_again AFTER UPDATE OF gender, gender_confidence, age, age_low, age_high ON faces
    WHEN new.correction_id IS NOT NULL BEGIN {_note(f"{_OF_FACE} = new.id")} END
    """,
    f"""
    CREATE TRIGGER dated AFTER UPDATE OF taken, path ON pictures
    WHEN new.taken IS NOT old.taken OR (new.path IS NULL) <> (old.path IS NULL) BEGIN {_note(_OF_PHOTO)} END
    """,
    # LEFT JOIN models: SQLite then skips the join if a query asks for neither of its columns.
    f"""
    CREATE VIEW tags AS
    SELECT {", ".join(f"{column.source} AS {column.name}" for column in TAGS)}
    {_TAGGED}
    LEFT JOIN models AS detectors ON detectors.id = faces.detector_id
    LEFT JOIN models ON models.id = faces.model_id
    WHERE {_IS_TAGGED}
    """,
    _create("shown", Table(SHOWN, key=f"face_id {OF_A_FACE}")),
    # The page begins with the faces whose tags are least certain; of all faces, an index would cost a scan too much.
    f"CREATE INDEX shown_doubtful ON shown({CERTAINTY}) WHERE {CERTAINTY} < {DOUBTFUL}",
    "CREATE UNIQUE INDEX tallies_kind ON tallies(coalesce(taken, ''), gender, age, age_group, reviewed)",
    f"""
    CREATE TRIGGER face_left AFTER DELETE ON shown WHEN old.face_id <= {_LAST} BEGIN
        {add_to_tallies(f"{_kind('old')}, -1 WHERE TRUE")}
    END
    """,
    f"""
    CREATE VIEW tallied AS
    SELECT 0 AS face_id, taken, gender, age, age_group, reviewed, faces FROM tallies
    UNION ALL
    SELECT face_id, {_kind("shown")}, 1 FROM shown WHERE face_id > {_LAST}
    """,  # noqa: S608
    # A new face has no correction yet: a shorter way, since a scan goes it for each face.
    f"""
    CREATE TRIGGER face_found AFTER INSERT ON faces BEGIN
        INSERT INTO shown SELECT new.id, {", ".join(_NEW.get(column.name, f"new.{column.name}") for column in SHOWN)}
        FROM pictures WHERE id = new.photo_id AND path IS NOT NULL AND skipped_stage IS NULL;
    END
    """,  # noqa: S608
    f"""
    CREATE TRIGGER face_changed AFTER UPDATE OF photo_id, gender, gender_confidence, age, age_group, age_confidence,
    detector_id, model_id, correction_id ON faces BEGIN {_show("new.id")} END
    """,
    f"CREATE TRIGGER correction_changed AFTER UPDATE ON corrections BEGIN {_show('new.face_id')} END",
    *(
        f"CREATE TRIGGER deduction_{kind.lower()} AFTER {kind} ON deductions BEGIN {_show(f'{which}.id')} END"
        for kind, which in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old"))
    ),
    f"""
    CREATE TRIGGER photo_changed AFTER UPDATE OF path, skipped_stage, taken ON pictures
    WHEN (new.taken, new.path IS NULL, new.skipped_stage IS NULL)
    IS NOT (old.taken, old.path IS NULL, old.skipped_stage IS NULL)
    AND EXISTS (SELECT 1 FROM faces WHERE photo_id = new.id)
    BEGIN {_show("SELECT id FROM faces WHERE photo_id = new.id")} END
    """,  # noqa: S608
    f"""
    CREATE VIEW people AS
    SELECT {", ".join(f"{column.source} AS {column.name}" for column in PEOPLE)}
    FROM persons LEFT JOIN (
        SELECT faces.id AS face_id, photos.id AS photo_id, photos.taken, corrections.name
        FROM corrections
        JOIN faces ON faces.correction_id = corrections.id
        JOIN pictures AS photos ON photos.id = faces.photo_id
        WHERE corrections.name IS NOT NULL AND NOT corrections.not_a_face AND photos.path IS NOT NULL
        AND photos.skipped_stage IS NULL
    ) AS tags ON tags.name = persons.name
    GROUP BY persons.id
    """,  # noqa: S608
)

MIGRATIONS: dict[str, tuple[str, ...]] = {"m001_catalog": _CATALOG}
"""The statements of each migration by its name, oldest first; ``migrations`` applies them."""
