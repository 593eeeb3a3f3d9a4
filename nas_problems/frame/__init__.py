"""Problems from a csv or a DataFrame of evaluations that somebody has made."""

from nas_problems.frame.problem import Candidates, from_frame

__all__ = ["Candidates", "from_frame"]
