"""The endpoints of a trial as of any instant, by arm for those who may know, pooled for all others."""

from projections.endpoints.evaluation import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
