"""The scenario that these tests are told in, and a terminal."""

from tests.cli.conftest import active as active
from tests.cli.conftest import enrolled as enrolled
from tests.cli.conftest import terminal as terminal
from tests.endpoints.conftest import liver as liver
from tests.support.fixtures import scenario as scenario
