"""The columns of a stored sample."""

from bench.store.schema import COLUMNS_SINCE, SCHEMA, SCHEMA_VERSION


def test_every_later_column_may_be_null_and_names_a_version_that_there_is() -> None:
    assert all(SCHEMA.field(name).nullable for name in COLUMNS_SINCE)
    assert all(1 < version <= SCHEMA_VERSION for version in COLUMNS_SINCE.values())
