"""Risk signals of the audit trail (ICH E6(R3) 4.2.3; DR-05): where a review should look first, and why.

A signal is no verdict. Each shows its threshold and the facts behind every finding.
"""

from projections.review_signals.signal import Finding, Signal, Thresholds
from projections.review_signals.watching import review

__all__ = ["Finding", "Signal", "Thresholds", "review"]
