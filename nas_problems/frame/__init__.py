"""Problems from recorded evaluations, in a csv file or a DataFrame."""

from nas_problems.frame.problem import Candidates, from_frame

__all__ = ["Candidates", "from_frame"]
