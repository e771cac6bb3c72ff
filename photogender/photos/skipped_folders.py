"""Folders that hold no photos of their own: recycle bins, snapshots, thumbnails, other programs' libraries."""

_NAMES = frozenset(
    # Synology, QNAP, Asustor, NetApp
    {"@eadir", "@tmp", "@synoresource", "#recycle", "#snapshot"}
    | {"@recycle", "@recently-snapshot", "@transcode", "@__thumb", "~snapshot"}
    # Nextcloud
    | {"files_trashbin", "files_versions"}
    # Windows; macOS on a network drive; Linux after a check of the file system
    | {"$recycle.bin", "recycler", "recycled", "system volume information"}
    | {"network trash folder", "temporary items", "lost+found"}
    # iTunes; the previews of a Capture One session
    | {"ipod photo cache", "captureone"}
)
"""Names of folders, in lower case."""

_ENDINGS = (
    # Apple: Photos, iPhoto, Aperture, iMovie, Final Cut
    *(".photoslibrary", ".photolibrary", ".migratedphotolibrary", ".aplibrary", ".migratedaplibrary"),
    *(".imovielibrary", ".fcpbundle"),
    # Lightroom, Capture One
    *(".lrdata", ".lrlibrary", ".lrcat-data", ".cocatalog"),
)
"""Ends of the names of folders in which another program keeps its library."""


def is_skipped_folder(name: str) -> bool:
    """Whether a folder of this name never holds a person's own photos."""
    lower = name.lower()
    return lower in _NAMES or lower.endswith(_ENDINGS)
