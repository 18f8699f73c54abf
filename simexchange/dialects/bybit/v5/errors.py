"""Why a command was refused, in the venue's codes and words: a total table over the core's reasons."""

from collections.abc import Mapping
from typing import Final

from simexchange.core.vocabulary.rejections import RejectReason
from simexchange.dialects.bybit.common import errors
from simexchange.dialects.contract import ApiError

REJECTIONS: Final[Mapping[RejectReason, ApiError]] = dict.fromkeys(RejectReason, errors.NOT_SUPPORTED)
