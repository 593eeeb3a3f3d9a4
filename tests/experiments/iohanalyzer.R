# What IOHanalyzer reads in folders with merged logs, as csv: Rscript iohanalyzer.R TARGET,... FOLDER ...
options(IOHanalyzer.function_representation = "funcName")
suppressMessages(library(IOHanalyzer))
arguments <- commandArgs(trailingOnly = TRUE)
targets <- as.numeric(strsplit(arguments[1], ",")[[1]])
quiet <- function(expression) suppressWarnings(suppressMessages(expression))
data <- quiet(do.call(c, lapply(arguments[-1], DataSetList, verbose = FALSE)))
say <- function(...) writeLines(paste(..., sep = ","))
say("what", "solver", "problem", "column", "run", "at", "value")
for (set in data) {
  names <- c(attr(set, "algId"), attr(set, "funcName"))
  expected <- quiet(get_ERT(set, targets))
  for (row in seq_len(nrow(expected))) {
    value <- sprintf("%.17g", as.numeric(expected$ERT[row]))
    say("ert", names[1], names[2], "raw_y", 0, expected$target[row], value)
  }
  curves <- c(list(raw_y = set$FV), set$PAR$by_RT)
  for (column in base::names(curves)) {
    table <- curves[[column]]
    for (run in seq_len(ncol(table))) {
      value <- sprintf("%.17g", table[, run])
      say("curve", names[1], names[2], column, run, rownames(table), value)
    }
  }
}
