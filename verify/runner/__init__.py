"""Running cases: drawing instances, running experiments, deciding, recording."""

from verify.options import Options
from verify.runner.bench import Bench
from verify.runner.checking import Outcome, Report, check, check_case, outcomes

__all__ = ["Bench", "Options", "Outcome", "Report", "check", "check_case", "outcomes"]
