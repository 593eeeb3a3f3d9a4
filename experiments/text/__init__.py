"""Problems, solvers, executors and studies as text, for command lines and files."""
