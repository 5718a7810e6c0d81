"""Conformance replay: every stored fact asked of the rules again, under the protocol version then in force.

`door` asks what the way in asked: the move each fact says was made, on the states before its command.
`events` asks what the protocol asks of something that happened, in the order in which things happened.
`replay` walks a history and tells every refusal. All pure: facts in, refusals out.
"""

from workflows.conformance.looking import quietly
from workflows.conformance.refusal import RULES, Judged, Refusal
from workflows.conformance.replay import replay

__all__ = ["RULES", "Judged", "Refusal", "quietly", "replay"]
