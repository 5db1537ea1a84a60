"""
Tables, readers, quality rules, privacy
"""

from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import os
import pathlib
import typing
import typing_extensions

__all__: list[str] = [
    "Analyte",
    "AuditHead",
    "AuditLog",
    "AuditReport",
    "Column",
    "ColumnOutcome",
    "ColumnPlan",
    "ColumnRule",
    "CsvOptions",
    "CsvReport",
    "DateShift",
    "DeidKey",
    "DeidPlan",
    "Deidentified",
    "Dialect",
    "Field",
    "Image",
    "KEY_ID_COLUMN",
    "LocalLimits",
    "LocalTest",
    "LocalUnit",
    "LoincCandidate",
    "LoincDamage",
    "LoincSuggester",
    "LoincSuggestion",
    "LoincTerm",
    "NameMap",
    "Pseudonymiser",
    "QualityCheck",
    "QualityReport",
    "QualityRule",
    "Quarantine",
    "ReadingOptions",
    "RuleResult",
    "Schema",
    "StandardisationRule",
    "Table",
    "Unit",
    "UnitConverter",
    "Vault",
    "analytes",
    "anchored_age",
    "between",
    "cap_ages",
    "check_quality",
    "clinical_schema",
    "convert_scalar",
    "csv_header",
    "decode_image",
    "deidentify",
    "detect_dialect",
    "find_in_text",
    "fingerprint",
    "image_format",
    "is_loinc",
    "is_missing_unit",
    "is_valid_unit",
    "loinc_damage",
    "loinc_terms",
    "look_up",
    "matches",
    "mimic_iv_tests",
    "monotone",
    "normalise_identifier",
    "one_of",
    "project",
    "read_csv",
    "read_csv_bytes",
    "read_fhir",
    "read_hl7",
    "read_local_tests",
    "read_loinc_candidates",
    "read_mimic_iv",
    "read_name_entries",
    "read_omop",
    "read_omop_bytes",
    "read_results",
    "read_results_csv",
    "read_sealed",
    "read_unit",
    "redact",
    "references",
    "required",
    "restricted_zip3",
    "result_quality",
    "results_by_source",
    "results_kind",
    "rotate",
    "row_count",
    "rules_of",
    "sealed_with",
    "standardisation_rules",
    "standardise_results",
    "to_csv",
    "to_nfkc",
    "to_snake_case",
    "unique",
    "unit_readings",
    "with_canonical_names",
    "with_loinc",
    "write_csv",
    "write_sealed",
    "zip3",
]

class Field:
    """
    What is known about one column: name, type, and for measurements what they mean.
    """

    __hash__: typing.ClassVar[None] = None
    def __arrow_c_schema__(self) -> typing_extensions.CapsuleType: ...
    def __eq__(self, other: Field) -> bool: ...
    def __getstate__(self) -> tuple: ...
    def __init__(
        self,
        name: str,
        type: str,
        *,
        nullable: bool = True,
        unit: str = "",
        loinc: str = "",
        valid: tuple[
            typing.SupportsFloat | typing.SupportsIndex | None,
            typing.SupportsFloat | typing.SupportsIndex | None,
        ]
        | None = None,
        outlier: tuple[
            typing.SupportsFloat | typing.SupportsIndex | None,
            typing.SupportsFloat | typing.SupportsIndex | None,
        ]
        | None = None,
        description: str = "",
    ) -> None:
        """
        type is one of bool, int32, int64, float32, float64, utf8, binary, date32, timestamp[us, UTC] (or timestamp). valid and outlier are (low, high) in the column's unit, None for an open end.
        """
    def __repr__(self) -> str: ...
    def __setstate__(self, arg0: tuple) -> None: ...
    @property
    def description(self) -> str: ...
    @property
    def loinc(self) -> str:
        """
        LOINC code, empty where there is none.
        """
    @property
    def name(self) -> str: ...
    @property
    def nullable(self) -> bool: ...
    @property
    def outlier(self) -> tuple[float, float] | None:
        """
        Possible values; outside they are certainly wrong.
        """
    @property
    def type(self) -> str: ...
    @property
    def unit(self) -> str:
        """
        UCUM code, empty where there is none.
        """
    @property
    def valid(self) -> tuple[float, float] | None:
        """
        Plausible values; outside they are suspicious.
        """

class Schema:
    """
    Ordered fields of a table, each name once.
    """

    __hash__: typing.ClassVar[None] = None
    def __arrow_c_schema__(self) -> typing_extensions.CapsuleType: ...
    def __contains__(self, name: str) -> bool: ...
    def __eq__(self, other: Schema) -> bool: ...
    def __getitem__(self, name: str) -> Field: ...
    def __getstate__(self) -> tuple[int, list[Field]]: ...
    def __init__(self, fields: collections.abc.Sequence[Field]) -> None: ...
    def __iter__(self) -> collections.abc.Iterator[Field]: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, arg0: tuple) -> None: ...
    def field(self, name: str) -> Field:
        """
        The field of that name; SchemaError names the fields that exist.
        """
    @property
    def fields(self) -> list[Field]: ...
    @property
    def names(self) -> list[str]: ...

class Column:
    """
    One immutable column of a table, in Arrow's memory layout.
    """

    __hash__: typing.ClassVar[None] = None
    def __array__(self, dtype: typing.Any = None, copy: typing.Any = None) -> typing.Any: ...
    def __arrow_c_array__(self, requested_schema: typing.Any = None) -> tuple: ...
    def __arrow_c_schema__(self) -> typing.Any: ...
    def __eq__(self, other: Column) -> bool:
        """
        Whether type, length, nulls and values are the same; NaN equals NaN.
        """
    @typing.overload
    def __getitem__(self, row: typing.SupportsInt | typing.SupportsIndex) -> typing.Any:
        """
        The value as Python's own type, None where null.
        """
    @typing.overload
    def __getitem__(self, rows: slice) -> Column:
        """
        These rows; without a copy where the step is 1.
        """
    def __getstate__(self) -> tuple: ...
    def __init__(self, values: typing.Any, type: str | None = None) -> None:
        """
        From a list, a NumPy array (copied) or anything with __arrow_c_array__ or __arrow_c_stream__ (not copied). Without a type the values decide. None, NaT and masked values are null; NaN stays NaN.
        """
    def __iter__(self) -> collections.abc.Iterator: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, arg0: tuple) -> None: ...
    def cast(self, type: str) -> Column:
        """
        As another type; ValueError names the first row that it cannot hold exactly.
        """
    def is_null(self) -> list:
        """
        One bool per row.
        """
    def take(self, rows: typing.Any) -> Column:
        """
        The rows at these positions, in that order.
        """
    def to_numpy(self) -> typing.Any:
        """
        Without nulls: a read-only view of the same memory for int, float and timestamp (datetime64[us]); copies for bool, date32 (datetime64[D]), and text and bytes (objects). With nulls a copy: NaN for numbers (integers become float64, an error beyond 2^53), NaT for times, None in an object array for the rest.
        """
    def to_pylist(self) -> list:
        """
        Python values: bool, int, float, str, bytes, date, datetime with UTC, None.
        """
    @property
    def null_count(self) -> int: ...
    @property
    def type(self) -> str: ...

class Table:
    """
    Immutable columns of one length under a schema; speaks the Arrow C interface.
    """

    __hash__: typing.ClassVar[None] = None
    @staticmethod
    def concat(tables: collections.abc.Sequence[Table]) -> Table:
        """
        One table below the other; names and types must agree.
        """
    @staticmethod
    def empty(schema: Schema) -> Table:
        """
        A table of that schema without rows.
        """
    @staticmethod
    def from_arrow(source: typing.Any) -> Table:
        """
        A table from anything that speaks the Arrow PyCapsule interface: pyarrow, polars, DuckDB, pandas. One batch is not copied, several are joined. Types beyond Assay's nine are cast without loss; what has no such cast is an error that says what to do.
        """
    @staticmethod
    def from_dict(columns: dict, *, schema: Schema | None = None) -> Table:
        """
        A table from {name: values}. Values are lists, NumPy arrays, Columns or Arrow arrays. With a schema its types are used and every field must be given.
        """
    @staticmethod
    def from_pylist(rows: list, *, schema: Schema | None = None) -> Table:
        """
        A table from dicts, one per row; a missing key is null.
        """
    def __arrow_c_schema__(self) -> typing_extensions.CapsuleType: ...
    def __arrow_c_stream__(self, requested_schema: typing.Any = None) -> typing_extensions.CapsuleType:
        """
        A fresh stream at every call; no value is copied.
        """
    def __contains__(self, name: str) -> bool: ...
    def __eq__(self, other: Table) -> bool:
        """
        Whether schema and values are the same; NaN equals NaN.
        """
    @typing.overload
    def __getitem__(self, name: str) -> Column: ...
    @typing.overload
    def __getitem__(self, rows: slice) -> Table:
        """
        These rows; without a copy where the step is 1.
        """
    @typing.overload
    def __getitem__(self, names: collections.abc.Sequence[str]) -> Table: ...
    def __getstate__(self) -> tuple[int, Schema, list]: ...
    def __init__(self, schema: Schema, columns: collections.abc.Sequence[Column]) -> None: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, arg0: tuple) -> None: ...
    def _repr_html_(self) -> str: ...
    def cast(self, types: collections.abc.Mapping[str, str]) -> Table:
        """
        Columns as other types, {name: type}; exact or an error.
        """
    def column(self, name: str) -> Column: ...
    def drop(self, names: collections.abc.Sequence[str]) -> Table:
        """
        Without these columns.
        """
    def filter(self, keep: typing.Any) -> Table:
        """
        The rows where keep is true; null counts as false.
        """
    def head(self, n: typing.SupportsInt | typing.SupportsIndex = 5) -> Table: ...
    def rename(self, names: collections.abc.Mapping[str, str] | collections.abc.Sequence[str]) -> Table:
        """
        New names: {old: new}, or all of them in order.
        """
    def row(self, row: typing.SupportsInt | typing.SupportsIndex) -> dict:
        """
        One row as {name: value}; negative numbers count from the end.
        """
    def select(self, names: collections.abc.Sequence[str]) -> Table:
        """
        These columns in this order, without a copy.
        """
    def slice(
        self,
        start: typing.SupportsInt | typing.SupportsIndex,
        length: typing.SupportsInt | typing.SupportsIndex | None = None,
    ) -> Table:
        """
        Rows from start, without a copy.
        """
    def sort(self, by: str | collections.abc.Sequence[str], *, descending: bool = False) -> Table:
        """
        Sorted by one column or several; stable, nulls last.
        """
    def take(self, rows: typing.Any) -> Table:
        """
        The rows at these positions, in that order; repeats allowed.
        """
    def to_pandas(self) -> typing.Any:
        """
        A pandas.DataFrame; nulls become what pandas uses for the type.
        """
    def to_polars(self) -> typing.Any:
        """
        A polars.DataFrame; numbers share the memory.
        """
    def to_pyarrow(self) -> typing.Any:
        """
        A pyarrow.Table on the same memory.
        """
    def to_pydict(self) -> dict:
        """
        {name: list of values}.
        """
    def to_pylist(self) -> list:
        """
        One dict per row.
        """
    def with_column(self, field: Field | str, values: typing.Any) -> Table:
        """
        With the column added at the end, or replaced in its place. field: a name, or a Field with all that is known about the column.
        """
    @property
    def column_names(self) -> list[str]: ...
    @property
    def num_columns(self) -> int: ...
    @property
    def num_rows(self) -> int: ...
    @property
    def schema(self) -> Schema: ...
    @property
    def shape(self) -> tuple[int, int]: ...

class NameMap:
    """
    Vendors' column names and the canonical ones; looked up in snake_case, extended by a site.
    """
    @staticmethod
    def clinical() -> NameMap:
        """
        The map that Assay ships.
        """
    def __init__(self, entries: collections.abc.Mapping[str, str] = {}) -> None: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    @typing.overload
    def canonical(self, name: str) -> str: ...
    @typing.overload
    def canonical(self, names: collections.abc.Sequence[str]) -> list[str]:
        """
        Raises SchemaError if two names map to one, naming both.
        """
    def extended(self, entries: collections.abc.Mapping[str, str]) -> NameMap:
        """
        This map with more entries; a later entry wins.
        """
    @property
    def entries(self) -> dict[str, str]: ...

class QualityRule:
    """
    A check with an id and a severity; made by required(), between(), ...
    """
    def __repr__(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def severity(self) -> str: ...

class RuleResult:
    """
    One rule's outcome; failing_rows is complete and ascending.
    """
    @property
    def checked(self) -> int: ...
    @property
    def description(self) -> str: ...
    @property
    def failing_rows(self) -> list[int]: ...
    @property
    def id(self) -> str: ...
    @property
    def passed(self) -> bool: ...
    @property
    def severity(self) -> str: ...

class QualityReport:
    """
    What the rules found in one table; names rows, never values.
    """
    def __repr__(self) -> str: ...
    def to_json(self) -> str: ...
    @property
    def passed(self) -> bool: ...
    @property
    def results(self) -> list[RuleResult]: ...
    @property
    def rows(self) -> int: ...
    @property
    def table(self) -> str: ...

class DeidKey:
    """
    The secret that pseudonyms, date shifts and vaults are made with; it never prints.

    At least 32 random bytes as hexadecimal digits or base64: ``openssl rand -hex 32``.
    """
    @staticmethod
    def from_command(command: collections.abc.Sequence[str]) -> DeidKey:
        """
        What a secret store's command line prints: a program and its arguments, without a shell.
        """
    @staticmethod
    def from_env(name: str) -> DeidKey:
        """
        From an environment variable.
        """
    @staticmethod
    def from_file(path: os.PathLike | str | bytes) -> DeidKey:
        """
        From a file that nobody but its owner and group may read.
        """
    @staticmethod
    def from_text(text: str) -> DeidKey:
        """
        From text that a secret store's own client returned; Python cannot wipe it from memory.
        """
    def __repr__(self) -> str: ...
    @property
    def key_id(self) -> str:
        """
        16 hexadecimal digits that tell keys apart and say nothing about the key.
        """

class Pseudonymiser:
    """
    Replaces identifiers by tokens that only the key's holder can recompute.

    A token is 128 bits of HMAC-SHA-256 in base32, 26 characters; one purpose's tokens say nothing about another's.
    """
    def __init__(self, key: DeidKey, purpose: str, *, fold_case: bool = False) -> None: ...
    def token(self, identifier: str) -> str | None:
        """
        One token; None where the identifier is blank.
        """
    def tokens(self, identifiers: Column) -> Column:
        """
        A column of tokens; null where the identifier is null or blank.
        """
    @property
    def key_id(self) -> str: ...

class DateShift:
    """
    Moves all dates of a patient by the same number of whole days, never 0, by the key.
    """
    def __init__(
        self,
        key: DeidKey,
        *,
        most_days: typing.SupportsInt | typing.SupportsIndex = 182,
        keep_weekday: bool = False,
    ) -> None: ...
    def days(self, patient: str) -> int:
        """
        Days for a patient's identifier or token.
        """
    def shift(self, dates: Column, patients: Column) -> Column:
        """
        The dates moved; null where the date or the patient is.
        """
    def unshift(self, dates: Column, patients: Column) -> Column:
        """
        What shift() moved, back where it was.
        """

class ColumnPlan:
    """
    What a column is, and so what becomes of it.
    """
    def __init__(self, role: str, *, purpose: str = "", fold_case: bool = False) -> None: ...
    @property
    def fold_case(self) -> bool: ...
    @property
    def purpose(self) -> str: ...
    @property
    def role(self) -> str: ...

class DeidPlan:
    """
    What becomes of each column of a table.
    """
    def __init__(
        self,
        columns: collections.abc.Mapping[str, ColumnPlan],
        *,
        patient: str = "patient_id",
        most_days: typing.SupportsInt | typing.SupportsIndex = 182,
        keep_weekday: bool = False,
        as_of: str | None = None,
    ) -> None: ...
    @property
    def as_of(self) -> str | None: ...
    @property
    def columns(self) -> dict[str, ColumnPlan]: ...
    @property
    def keep_weekday(self) -> bool: ...
    @property
    def most_days(self) -> int: ...
    @property
    def patient(self) -> str: ...

class Vault:
    """
    Which identifier a token stands for, in a sealed file.
    """
    def __init__(self, path: os.PathLike | str | bytes, key: DeidKey) -> None: ...
    def __len__(self) -> int: ...
    def add(
        self, purpose: str, key_id: str, identifiers: Column, tokens: Column, *, fold_case: bool = False
    ) -> int: ...
    def find(self, purpose: str, key_id: str, token: str) -> str | None: ...
    def rekey(self, key: DeidKey) -> None: ...
    def save(self) -> None: ...

class ColumnOutcome:
    """
    What happened to one column.
    """
    def __repr__(self) -> str: ...
    @property
    def changed(self) -> int:
        """
        Of free text: rows with a finding.
        """
    @property
    def column(self) -> str: ...
    @property
    def removed(self) -> int:
        """
        Null now: blank, no ZIP code, a date without a patient.
        """
    @property
    def role(self) -> str: ...
    @property
    def values(self) -> int:
        """
        Not null before.
        """

class Deidentified:
    """
    De-identified rows, and what was done to them.
    """
    @property
    def columns(self) -> list[ColumnOutcome]: ...
    @property
    def counts_by_kind(self) -> dict[str, int]: ...
    @property
    def findings(self) -> Table:
        """
        In free text: column, row, kind, begin, end (bytes of the original); no text.
        """
    @property
    def rows(self) -> Table: ...

class AuditHead:
    """
    Where a log stood; kept elsewhere it proves that nothing was removed.
    """
    def __eq__(self, arg0: AuditHead) -> bool: ...
    def __hash__(self) -> int: ...
    def __init__(self, entries: typing.SupportsInt | typing.SupportsIndex, hash: str) -> None: ...
    def __repr__(self) -> str: ...
    def __str__(self) -> str: ...
    @property
    def entries(self) -> int: ...
    @property
    def hash(self) -> str: ...

class AuditReport:
    """
    What a check of a log found.
    """
    @property
    def head(self) -> AuditHead:
        """
        Of the entries before the first problem.
        """
    @property
    def keyed(self) -> bool:
        """
        Checked with a key.
        """
    @property
    def ok(self) -> bool: ...
    @property
    def problem(self) -> str:
        """
        The first one, with its line; empty where there is none.
        """

class AuditLog:
    """
    An append-only log of JSON lines, each with the hash of the line before.
    """
    def __init__(self, path: os.PathLike | str | bytes, *, key: DeidKey | None = None) -> None: ...
    def append(
        self,
        who: str,
        what: str,
        why: str,
        about: collections.abc.Mapping[str, str],
        when: typing.SupportsInt | typing.SupportsIndex | None = None,
    ) -> AuditHead: ...
    def verify(self, anchor: AuditHead | None = None) -> AuditReport:
        """
        Reads the whole log; `anchor` is a head of it that was kept elsewhere.
        """
    @property
    def path(self) -> pathlib.Path: ...

class LocalTest:
    """
    A laboratory's own test and what it is in LOINC.
    """

    __hash__: typing.ClassVar[None] = None
    def __eq__(self, arg0: LocalTest) -> bool: ...
    def __init__(self, code: str, name: str, loinc: str) -> None: ...
    @property
    def code(self) -> str: ...
    @property
    def loinc(self) -> str: ...
    @property
    def name(self) -> str: ...

class Unit:
    """
    A unit of measure by its UCUM code.
    """
    def __eq__(self, arg0: Unit) -> bool: ...
    def __getstate__(self) -> str: ...
    def __hash__(self) -> int: ...
    def __init__(self, code: str) -> None: ...
    def __mul__(self, arg0: Unit) -> Unit: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, arg0: str) -> None: ...
    def __str__(self) -> str: ...
    def __truediv__(self, arg0: Unit) -> Unit: ...
    def is_commensurable(self, other: Unit) -> bool:
        """
        Whether values can be said in the other without knowing the substance.
        """
    @property
    def canonical_code(self) -> str:
        """
        In base units without factor: 'g.m-3'.
        """
    @property
    def code(self) -> str: ...
    @property
    def is_arbitrary(self) -> bool:
        """
        Defined by a procedure: [iU], [arb'U].
        """
    @property
    def is_special(self) -> bool:
        """
        A scale with a function: Cel, [pH], B[V].
        """
    @property
    def magnitude(self) -> float:
        """
        How many of canonical_code one of this unit is.
        """
    @property
    def name(self) -> str:
        """
        In words.
        """

class UnitConverter:
    """
    Converts values from one unit to another.
    """
    def __init__(
        self,
        source: Unit,
        target: Unit,
        *,
        molar_mass: typing.SupportsFloat | typing.SupportsIndex | None = None,
        charge: typing.SupportsInt | typing.SupportsIndex | None = None,
        analyte: str = "",
    ) -> None: ...
    def array(
        self, values: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def column(self, values: Column) -> Column: ...
    def scalar(self, value: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    @property
    def is_identity(self) -> bool: ...

class Analyte:
    """
    What a conversion needs to know of a laboratory quantity.
    """
    def __repr__(self) -> str: ...
    @property
    def charge(self) -> int | None: ...
    @property
    def loinc(self) -> str: ...
    @property
    def molar_mass(self) -> float | None:
        """
        g/mol
        """
    @property
    def name(self) -> str: ...

class LoincTerm:
    """
    What Assay knows of one LOINC code.
    """
    def __repr__(self) -> str: ...
    @property
    def limits_source(self) -> str:
        """
        Where possible and plausible come from.
        """
    @property
    def loinc(self) -> str: ...
    @property
    def loinc_property(self) -> str:
        """
        LOINC's: SCnc, MCnc, NCnc, VFr, ...
        """
    @property
    def name(self) -> str: ...
    @property
    def plausible(self) -> tuple[float, float] | None:
        """
        Outside, a value is looked at; or None.
        """
    @property
    def possible(self) -> tuple[float, float] | None:
        """
        Outside, a value is certainly wrong.
        """
    @property
    def reference(self) -> tuple[float, float] | None:
        """
        Of adults, in unit; or None.
        """
    @property
    def system(self) -> str:
        """
        The specimen, LOINC's: SerPl, Bld, Urine, ...
        """
    @property
    def unit(self) -> str:
        """
        UCUM; results are brought to it.
        """

class LocalUnit:
    """
    What a laboratory says one of its spellings of a unit means.
    """
    def __init__(self, unit: str, ucum: str, *, code: str = "") -> None: ...
    @property
    def code(self) -> str:
        """
        The local test code; '' for all tests.
        """
    @property
    def ucum(self) -> str: ...
    @property
    def unit(self) -> str:
        """
        As reported.
        """

class LocalLimits:
    """
    A laboratory's own plausibility limits of a LOINC code.
    """
    def __init__(
        self,
        loinc: str,
        *,
        possible: tuple[
            typing.SupportsFloat | typing.SupportsIndex, typing.SupportsFloat | typing.SupportsIndex
        ],
        plausible: tuple[
            typing.SupportsFloat | typing.SupportsIndex, typing.SupportsFloat | typing.SupportsIndex
        ]
        | None = None,
    ) -> None: ...
    @property
    def loinc(self) -> str: ...

class StandardisationRule:
    """
    One rule of standardisation.
    """
    @property
    def column(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def likely_cause(self) -> str: ...
    @property
    def refuses(self) -> bool:
        """
        Otherwise the row is kept and counted.
        """

class LoincCandidate:
    """
    A LOINC code that a test may be mapped to.
    """
    @property
    def loinc(self) -> str: ...
    @property
    def loinc_property(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def system(self) -> str: ...
    @property
    def unit(self) -> str: ...

class LoincSuggestion:
    """
    One candidate with its score and the parts, each from 0 to 1.
    """
    def __repr__(self) -> str: ...
    @property
    def by_name(self) -> float: ...
    @property
    def by_specimen(self) -> float: ...
    @property
    def by_unit(self) -> float: ...
    @property
    def by_values(self) -> float: ...
    @property
    def loinc(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def score(self) -> float:
        """
        0.6 name + 0.2 unit + 0.12 specimen + 0.08 values.
        """

class LoincSuggester:
    """
    Ranks the codes that a laboratory's own test can be.
    """
    def __init__(self, candidates: collections.abc.Sequence[LoincCandidate] | None = None) -> None: ...
    def suggest(
        self,
        name: str,
        *,
        unit: str = "",
        specimen: str = "",
        values: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex] = [],
        most: typing.SupportsInt | typing.SupportsIndex = 3,
    ) -> list[LoincSuggestion]:
        """
        The best candidates, best first; a person confirms them.
        """

class LoincDamage:
    """
    What was done to a LOINC code, and what it can have been.
    """
    def __repr__(self) -> str: ...
    @property
    def candidates(self) -> list[str]:
        """
        Codes with a right check digit, known ones first.
        """
    @property
    def kind(self) -> str:
        """
        date_serial, date_text, check_digit, hyphen or blanks.
        """

class QualityCheck:
    """
    One check of one source: results looked at, and failed.
    """
    def __init__(
        self,
        source: str,
        dimension: str,
        check: str,
        checked: typing.SupportsInt | typing.SupportsIndex,
        failed: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def __repr__(self) -> str: ...
    @property
    def check(self) -> str: ...
    @property
    def checked(self) -> int: ...
    @property
    def dimension(self) -> str: ...
    @property
    def failed(self) -> int: ...
    @property
    def source(self) -> str: ...

class Dialect:
    """
    How a delimited text file is written.
    """

    __hash__: typing.ClassVar[None] = None
    def __eq__(self, other: Dialect) -> bool: ...
    def __init__(
        self,
        *,
        delimiter: str = ",",
        quote: str | None = '"',
        newline: str = "\n",
        has_header: bool = True,
        preamble_lines: typing.SupportsInt | typing.SupportsIndex = 0,
        footnote_lines: typing.SupportsInt | typing.SupportsIndex = 0,
        encoding: str = "utf-8",
    ) -> None:
        """
        quote None: no quoting. newline '\\n' also takes CRLF; '\\r' is for files whose lines end in CR alone.
        """
    def __repr__(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def encoding(self) -> str: ...
    @property
    def footnote_lines(self) -> int: ...
    @property
    def has_header(self) -> bool: ...
    @property
    def newline(self) -> str: ...
    @property
    def preamble_lines(self) -> int: ...
    @property
    def quote(self) -> str | None: ...

class CsvReport:
    """
    What was read; rows_accepted + rows_quarantined == rows_read, always.
    """
    def __repr__(self) -> str: ...
    @property
    def bytes(self) -> int:
        """
        Size on disk.
        """
    @property
    def dialect(self) -> Dialect:
        """
        As given or detected.
        """
    @property
    def doubts(self) -> list[str]:
        """
        What could have been read otherwise, one sentence each.
        """
    @property
    def file(self) -> str: ...
    @property
    def footnotes(self) -> list[str]:
        """
        Lines after the last row; may hold patient data.
        """
    @property
    def preamble(self) -> list[str]:
        """
        Lines before the header; may hold patient data.
        """
    @property
    def remarks(self) -> list[str]:
        """
        Inferred types, renamed headers and the like.
        """
    @property
    def rows_accepted(self) -> int: ...
    @property
    def rows_quarantined(self) -> int: ...
    @property
    def rows_read(self) -> int: ...

class Quarantine:
    """
    Rows that a reader did not accept, with what is needed to repair them.
    """
    @staticmethod
    def schema() -> Schema: ...
    def __getstate__(self) -> Table: ...
    def __init__(self, table: Table) -> None: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, arg0: Table) -> None: ...
    def counts_by_rule(self) -> dict[str, int]:
        """
        Failures by rule id; a row that failed two rules counts in both.
        """
    @property
    def num_rows(self) -> int: ...
    @property
    def table(self) -> Table:
        """
        Columns file, line, byte_offset, byte_length, rules, columns, raw.
        """

class CsvOptions:
    """
    Private; the keyword arguments of assay.data.read_csv.
    """
    def __init__(
        self,
        *,
        schema: Schema | None,
        dialect: Dialect | None,
        encoding: str | None,
        infer_types: bool,
        enforce_limits: bool,
        keep_extra_columns: bool,
        missing_as_null: bool,
        null_values: collections.abc.Sequence[str] | None,
        max_row_bytes: typing.SupportsInt | typing.SupportsIndex,
        progress: collections.abc.Callable[[int, int], None],
    ) -> None: ...

class ReadingOptions:
    """
    Private; the keyword arguments of assay.data.laboratory's readers.
    """
    def __init__(
        self,
        *,
        utc_offset_minutes: typing.SupportsInt | typing.SupportsIndex,
        changes: collections.abc.Sequence[
            tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]
        ],
        dates: str | None,
        decimal_point: str,
        columns: collections.abc.Mapping[str, str],
        patient_id_type: str,
        max_message_bytes: typing.SupportsInt | typing.SupportsIndex,
        partial: bool,
        skip: collections.abc.Sequence[str],
    ) -> None: ...

class ColumnRule:
    """
    How one column of a table is made from another table: templates, best first.

    ``{column}`` in a template stands for the row's value, ``{column:lower}``, ``:upper`` and ``:coding`` change its case. A template with a missing column or a null yields to the next.
    """
    def __init__(
        self,
        field: Field,
        templates: collections.abc.Sequence[str],
        *,
        recode: collections.abc.Mapping[str, str] = {},
    ) -> None: ...
    def __repr__(self) -> str: ...
    @property
    def field(self) -> Field: ...
    @property
    def recode(self) -> dict[str, str]: ...
    @property
    def templates(self) -> list[str]: ...

class Image:
    """
    An immutable raster image of mode L, RGB, RGBA or I;16 (16-bit grey).
    """

    __hash__: typing.ClassVar[None] = None
    def __array__(self, dtype: typing.Any = None, copy: typing.Any = None) -> typing.Any: ...
    def __eq__(self, arg0: typing.Any) -> bool: ...
    def __getstate__(self) -> tuple[str, int, int, bytes]: ...
    def __init__(self, pixels: typing.Any) -> None:
        """
        From an array (height, width) of uint8 or uint16, or (height, width, 3 or 4) of uint8; a Pillow image of such a mode is one.
        """
    def __repr__(self) -> str: ...
    def __setstate__(self, arg0: tuple) -> None: ...
    def to_numpy(self) -> numpy.ndarray:
        """
        A read-only view of the pixels: (height, width) or (height, width, channels).
        """
    @property
    def height(self) -> int: ...
    @property
    def mode(self) -> str:
        """
        Pillow's name of the mode
        """
    @property
    def size(self) -> tuple[int, int]:
        """
        (width, height)
        """
    @property
    def width(self) -> int: ...

def analytes() -> list[Analyte]:
    """
    The analytes whose molar mass or charge is known.
    """

def anchored_age(at: Column, anchor_age: Column, anchor_year: Column) -> Column:
    """
    Age in years at a time, where a record gives it for one calendar year only.
    """

def between(
    column: str,
    low: typing.SupportsFloat | typing.SupportsIndex,
    high: typing.SupportsFloat | typing.SupportsIndex,
    *,
    id: str | None = None,
    severity: str = "error",
) -> QualityRule: ...
def cap_ages(ages: Column) -> Column:
    """
    Ages in years with everything over 89 made 90.
    """

def check_quality(
    table: Table, rules: collections.abc.Sequence[QualityRule], *, name: str = ""
) -> QualityReport: ...
def clinical_schema(name: str) -> Schema:
    """
    The declared columns of vital_signs, emergency_data, medical_history, dicom_metadata, lab_results (of a patient's folder), laboratory_results (of a laboratory system), quality_controls, device_events or cultures.
    """

def convert_scalar(
    value: typing.SupportsFloat | typing.SupportsIndex,
    source: str,
    target: str,
    molar_mass: typing.SupportsFloat | typing.SupportsIndex | None,
    charge: typing.SupportsInt | typing.SupportsIndex | None,
    analyte: str,
) -> float: ...
def csv_header(path: os.PathLike | str | bytes) -> list[str]:
    """
    The column names that stand in a delimited file.
    """

def decode_image(
    content: bytes, *, most_pixels: typing.SupportsInt | typing.SupportsIndex = 178956970
) -> Image:
    """
    An image of the bytes of a PNG or JPEG file.
    """

def deidentify(table: Table, plan: DeidPlan, key: DeidKey, vault: Vault = None) -> Deidentified: ...
def detect_dialect(head: bytes) -> tuple[Dialect, list[str]]:
    """
    The dialect of a file by its first bytes (a MiB suffices), and what is doubtful about it.
    """

def find_in_text(
    text: str, *, names: collections.abc.Sequence[str] = [], ids: collections.abc.Sequence[str] = []
) -> list[tuple[str, int, int]]:
    """
    Identifiers in free text: kind, first character, one past the last.
    """

def fingerprint(table: Table, *, ignore: collections.abc.Sequence[str] = []) -> str:
    """
    SHA-256 of the table's content, without the columns to ignore.
    """

def image_format(content: bytes) -> str:
    """
    png, jpeg, dicom or unknown, by the first bytes.
    """

def is_loinc(code: str) -> bool:
    """
    Whether the text is a LOINC code, its check digit included.
    """

def is_missing_unit(text: str) -> bool: ...
def is_valid_unit(code: str) -> bool: ...
def loinc_damage(text: str) -> LoincDamage | None:
    """
    What happened to a text that should be a LOINC code; None where it is one or nothing is recognised.
    """

def loinc_terms() -> list[LoincTerm]:
    """
    The LOINC codes that Assay knows.
    """

def look_up(table: Table, key: str, dictionary: Table, dictionary_key: str) -> Table:
    """
    `table` with the dictionary's columns added from the row with the same key; null where there is none.
    """

def matches(column: str, pattern: str, *, id: str | None = None, severity: str = "error") -> QualityRule: ...
def mimic_iv_tests() -> list[LocalTest]:
    """
    The most frequent blood tests of MIMIC-IV.
    """

def monotone(
    column: str, *, group_by: str = "", id: str | None = None, severity: str = "error"
) -> QualityRule: ...
def normalise_identifier(text: str, *, fold_case: bool = False) -> str | None:
    """
    An identifier in the form that is tokenised: NFKC, without invisible characters and outer white space.
    """

def one_of(
    column: str, values: collections.abc.Sequence[str], *, id: str | None = None, severity: str = "error"
) -> QualityRule: ...
def project(table: Table, rules: collections.abc.Sequence[ColumnRule]) -> Table:
    """
    A table with one column for each rule, row by row from `table`.
    """

def read_csv(path: os.PathLike | str | bytes, options: CsvOptions) -> tuple: ...
def read_csv_bytes(data: bytes, options: CsvOptions, name: str) -> tuple: ...
def read_fhir(
    path: os.PathLike | str | bytes, options: ReadingOptions
) -> tuple[Table, Table, Quarantine, int, list[str]]: ...
def read_hl7(
    path: os.PathLike | str | bytes, options: ReadingOptions
) -> tuple[Table, Table, Quarantine, int, list[str]]: ...
def read_local_tests(
    path: os.PathLike | str | bytes, *, fluid: str = "Blood"
) -> tuple[list[LocalTest], list[str]]:
    """
    Tests of a published map (MIT-LCP's d_labitems_to_loinc.csv), and a remark for each code that is none.
    """

def read_loinc_candidates(path: os.PathLike | str | bytes) -> list[LoincCandidate]:
    """
    Candidates of LOINC's own Loinc.csv or of MIT-LCP's published map.
    """

def read_mimic_iv(
    path: os.PathLike | str | bytes, options: ReadingOptions
) -> tuple[Table, Table, Quarantine, int, list[str]]: ...
def read_name_entries(path: os.PathLike | str | bytes) -> dict[str, str]:
    """
    A site's entries from a CSV file with the columns name and canonical.
    """

def read_omop(
    path: os.PathLike | str | bytes, options: ReadingOptions
) -> tuple[Table, Table, Quarantine, int, list[str]]: ...
def read_omop_bytes(
    measurement: bytes, concepts: bytes, options: ReadingOptions, name: str
) -> tuple[Table, Table, Quarantine, int, list[str]]: ...
def read_results(
    path: os.PathLike | str | bytes, options: ReadingOptions
) -> tuple[Table, Table, Quarantine, int, list[str]]: ...
def read_results_csv(
    path: os.PathLike | str | bytes, options: ReadingOptions
) -> tuple[Table, Table, Quarantine, int, list[str]]: ...
def read_sealed(path: os.PathLike | str | bytes, key: DeidKey, purpose: str) -> bytes: ...
def read_unit(text: str, analyte: str = "") -> tuple[str, str] | None: ...
def redact(
    text: str, *, names: collections.abc.Sequence[str] = [], ids: collections.abc.Sequence[str] = []
) -> str:
    """
    The text with every finding replaced by its kind in brackets.
    """

def references(
    column: str, values: Column, target: str, *, id: str | None = None, severity: str = "error"
) -> QualityRule: ...
def required(column: str, *, id: str | None = None, severity: str = "error") -> QualityRule: ...
def restricted_zip3() -> list[str]:
    """
    Three-digit ZIP areas with 20,000 people or fewer.
    """

def result_quality(
    rows: Table,
    kept: Table,
    refused: Table,
    *,
    source_column: str,
    now: typing.SupportsInt | typing.SupportsIndex | None,
    latest_report: typing.SupportsInt | typing.SupportsIndex | None,
) -> list[QualityCheck]:
    """
    Counts by source and check; see assay.data.laboratory.quality.
    """

def results_by_source(rows: Table, *, source_column: str) -> list[tuple[str, int, int | None]]:
    """
    Of each source its name, how many results it sent, and when the latest was observed, in microseconds.
    """

def results_kind(path: os.PathLike | str | bytes, skip: collections.abc.Sequence[str] = []) -> str:
    """
    csv, hl7, fhir, omop or mimic_iv: what a file or folder of laboratory results is.
    """

def rotate(rows: Table, plan: DeidPlan, vault: Vault, source: DeidKey, target: DeidKey) -> Table: ...
def row_count(
    *,
    at_least: typing.SupportsInt | typing.SupportsIndex | None = None,
    at_most: typing.SupportsInt | typing.SupportsIndex | None = None,
    id: str | None = None,
    severity: str = "error",
) -> QualityRule: ...
def rules_of(schema: Schema) -> list[QualityRule]: ...
def sealed_with(path: os.PathLike | str | bytes) -> str | None: ...
def standardisation_rules() -> list[StandardisationRule]:
    """
    All rules, refusing ones first.
    """

def standardise_results(
    rows: Table,
    *,
    tests: collections.abc.Sequence[LocalTest],
    units: collections.abc.Sequence[LocalUnit],
    limits: collections.abc.Sequence[LocalLimits],
) -> tuple[Table, Table, Table, dict, int]:
    """
    Rows, refused rows, tests, counts by rule and rows read; see assay.data.laboratory.standardise.
    """

def to_csv(table: Table) -> str:
    """
    The table as RFC 4180 text that reads back to the same bits under its schema.
    """

def to_nfkc(text: str) -> str | None:
    """
    Unicode's normalisation form KC; None where bytes are not UTF-8.
    """

def to_snake_case(name: str) -> str:
    """
    "heartRate", "Heart Rate" and "HEART-RATE" become "heart_rate".
    """

def unique(
    columns: collections.abc.Sequence[str], *, id: str | None = None, severity: str = "error"
) -> QualityRule: ...
def unit_readings(text: str) -> list[str]: ...
def with_canonical_names(table: Table, *, names: NameMap = None) -> Table:
    """
    The table under canonical names, without a copy. Raises SchemaError if two columns map to one name.
    """

def with_loinc(labs: Table, *, tests: collections.abc.Sequence[LocalTest] | None = None) -> Table:
    """
    Laboratory results with the LOINC code and name of their test where they have none; by default by MIMIC-IV's item ids.
    """

def write_csv(table: Table, path: os.PathLike | str | bytes) -> None:
    """
    Writes that text; the file appears whole or not at all.
    """

def write_sealed(path: os.PathLike | str | bytes, key: DeidKey, purpose: str, content: bytes) -> None: ...
def zip3(zips: Column) -> Column:
    """
    The first three digits of ZIP codes, '000' for a restricted area, null where it is none.
    """

KEY_ID_COLUMN: str = "deid_key_id"
