"""Everything that can be known to be wrong before the first step: options, key, folders, and whose tables there are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.data.lake import Lake
from assay.pipelines.job import reading_input
from assay.pipelines.lims import context as tables
from assay.pipelines.lims.context import Context
from assay.pipelines.lims.door import DATES, TEXTS, Dates, Door, Texts
from assay.pipelines.lims.mirror import Mirror
from assay.pipelines.lims.sources import identify, is_database, is_mimic
from assay.pipelines.local_tests import read_map
from assay.pipelines.options import expect_server, make_folder
from assay.pipelines.ownership import expect_own_tables
from assay.pipelines.progress import Progress
from assay.pipelines.record import RunRecord

if TYPE_CHECKING:
    from assay.data import LocalTest
    from assay.data.audit import AuditLog
    from assay.data.deid import DeidKey
    from assay.data.laboratory import LocalUnit

__all__ = ["KEY_VARIABLE", "expect_tables", "prepare"]

KEY_PROPERTY = "assay.deid_key"
# Which key the tokens of a stored table were made with.
KEY_VARIABLE, AUDIT_VARIABLE = "ASSAY_DEID_KEY", "ASSAY_AUDIT_KEY"

Folder = str | os.PathLike[str]


def prepare(
    source: Folder,
    out: Folder,
    *,
    lake: Folder | None,
    catalog: str,
    key: DeidKey | None,
    identified: bool,
    dates: Dates,
    texts: Texts,
    audit: Folder | None,
    tests: Folder | None,
    units: Iterable[LocalUnit],
    target: float,
    delta_limits: Folder | None,
    tracking: str | None,
    prefix: str,
    reading: Mapping[str, Any],
    mirror: Mirror | None,
    progress: Progress | None,
) -> Context:
    """What a run needs to know, checked; makes the output folder.

    Raises:
        ValueError: an option that cannot be meant. AuthError: no key.
        IoError: the source cannot be read, or the output folder not be made.
    """
    import assay
    from assay.pipelines.laboratory_quality.limits import read_delta_limits

    address = os.fspath(source)
    with reading_input():
        folder = Path(out)
        store = Lake(lake if lake is not None else folder / "lake", catalog=catalog)
        expect_server(tracking)
        _expect_options(dates, texts, target)
        if mirror is not None:
            _expect_database(address)
            mirror.expect_apart(folder, store.root)
        door = Door(None if identified else _key(key), dates, texts)
        identity = identify(address)
        local = _local_tests(address, tests)
        own = list(units)
        deltas = read_delta_limits(delta_limits)
        make_folder(folder)
    # A database's address may hold a password.
    shown = f"a database ({identity.location[:12]})" if is_database(address) else address
    record = RunRecord("lims", shown, str(folder), str(store.root), catalog, assay.__version__)
    return Context(
        Path("database") if is_database(address) else Path(address),
        folder,
        store,
        identity,
        record,
        progress or Progress(),
        tracking,
        prefix,
        properties={KEY_PROPERTY: door.key.key_id if door.key else "none"},
        address=address,
        door=door,
        target=target,
        delta_limits=deltas,
        reading=_beside(address, tests, reading),
        audit=_audit(audit),
        dates_are_moved=not is_database(address) and is_mimic(Path(address)),
        tests=local,
        units=own,
        mirror=mirror,
    )


def expect_tables(context: Context, *, replace: bool) -> None:
    """Checks that no table of another source is replaced unawares.

    Raises:
        ValueError: naming the table and what to do.
    """
    written = [getattr(tables, name) for name in tables.__all__ if name.isupper()]
    with reading_input():
        context.replaced = expect_own_tables(
            context.lake, context.input, reused=[], written=written, replace=replace
        )
        if _has_another_key(context, replace=replace):
            context.replaced = [name for name in written if context.lake.exists(name)]


def _has_another_key(context: Context, *, replace: bool) -> bool:
    """Tokens of another key would not join those that others have taken from the table before."""
    if not context.lake.exists(tables.SILVER):
        return False
    stored = context.lake.properties(tables.SILVER).get(KEY_PROPERTY)
    own = context.properties[KEY_PROPERTY]
    if stored is None or stored == own:
        return False
    if not replace:
        from assay import ValueError

        raise ValueError(
            f"key: {context.lake.name(tables.SILVER)} holds tokens of key {stored}, got key {own}; "
            "give that key, or --replace to make all tables anew"
        )
    return True


def _expect_options(dates: str, texts: str, target: float) -> None:
    from assay import ValueError

    if dates not in DATES:
        raise ValueError(f"dates: expected {' or '.join(DATES)}, got '{dates}'")
    if texts not in TEXTS:
        raise ValueError(f"texts: expected {' or '.join(TEXTS)}, got '{texts}'")
    if not 0 <= target <= 1:
        raise ValueError(f"target: expected a share from 0 to 1, got {target}")


def _expect_database(address: str) -> None:
    from assay import ValueError

    if not is_database(address):
        raise ValueError("mirror: expected postgresql://… as the source, got a folder or a file")


def _key(given: DeidKey | None) -> DeidKey:
    from assay import AuthError
    from assay.data.deid import DeidKey

    if given is not None:
        return given
    if not os.environ.get(KEY_VARIABLE):
        raise AuthError(
            f"key: results are not stored with the identifiers of patients; set {KEY_VARIABLE} (openssl rand -hex 32), "
            "give --key-file or --key-command, or --identified for made-up data and published extracts"
        )
    return DeidKey.from_env(KEY_VARIABLE)


def _audit(path: Folder | None) -> AuditLog | None:
    """The log, with the key of the environment where there is one."""
    if path is None:
        return None
    from assay.data.audit import AuditLog
    from assay.data.deid import DeidKey

    key = DeidKey.from_env(AUDIT_VARIABLE) if os.environ.get(AUDIT_VARIABLE) else None
    return AuditLog(path, key=key)


def _beside(address: str, tests: Folder | None, reading: Mapping[str, Any]) -> Mapping[str, Any]:
    """The map of codes holds no results, though it may lie in the folder of them."""
    if tests is None or is_database(address) or Path(tests).resolve().parent != Path(address).resolve():
        return reading
    return {**reading, "skip": [*reading.get("skip", ()), Path(tests).name]}


def _local_tests(address: str, tests: Folder | None) -> list[LocalTest]:
    """The map given, else MIMIC-IV's published one where the folder has it."""
    from assay.data import read_local_tests

    if tests is not None:
        return read_map(Path(tests))
    published = Path(address) / "d_labitems_to_loinc.csv"
    if not is_database(address) and published.is_file():
        return list(read_local_tests(published, fluid="")[0])
    return []
