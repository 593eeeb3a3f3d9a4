"""Published formats that ``iohnas data import`` converts: one file each."""
