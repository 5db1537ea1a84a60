"""The encoders' module, where torch is there."""

from __future__ import annotations

from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def native() -> ModuleType:
    import assay
    from assay.models import _libtorch

    try:
        return _libtorch.load()
    except assay.StateError as error:
        pytest.skip(str(error))
