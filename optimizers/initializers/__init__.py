"""What chooses a population's first candidates: one file per initializer; a new file adds one."""
