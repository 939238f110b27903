"""The part of the configuration that says when surge is suggested (policy §5)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from zendesk_sync.settings_model import FROZEN


class WorkloadAdvice(BaseModel):
    """When surge is suggested, by log, metric and ``zendesk-sync workload show``. Only a person switches it on.

    Attributes:
        engineers_on_shift: support engineers at work at once; without it nothing is suggested.
        suggest_surge_at: open tickets for each of them, from which on surge is suggested.
    """

    model_config = FROZEN

    engineers_on_shift: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = None
    suggest_surge_at: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20.0
