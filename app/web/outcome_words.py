"""What a borough says of a placement, in the words that people read; for the pages of every audience."""

from __future__ import annotations

from providers.quality.status import ENDING_WORDS, FEEDBACK_WORDS, KIND_WORDS, PROGRESS_WORDS

OUTCOME_WORDS = {"kind": KIND_WORDS, "progress": PROGRESS_WORDS, "ending": ENDING_WORDS, "feedback": FEEDBACK_WORDS}
