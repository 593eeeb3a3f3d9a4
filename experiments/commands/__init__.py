"""The commands of ``iohnas``, one file per group; a file here is found by its name."""
