# This file is part of the swift-mixed-models project.
# SPDX-License-Identifier: Apache-2.0
#
# Rscript lme4.R FORMULA FILE CATEGORICAL SECONDS
# Times lmer by maximum likelihood on data in memory until SECONDS have passed; prints one line of
# JSON. CATEGORICAL: names of numeric columns to convert first, separated by commas.

suppressPackageStartupMessages(library(lme4))
arguments <- commandArgs(trailingOnly = TRUE)
formula <- as.formula(arguments[1])
data <- read.csv(arguments[2], stringsAsFactors = TRUE)
for (name in strsplit(arguments[3], ",")[[1]]) data[[name]] <- factor(data[[name]])
budget <- as.numeric(arguments[4])
# As many random effects as rows is an error by default; the model with categorical days has that.
control <- lmerControl(check.nobs.vs.nRE = "ignore")
fit <- function() suppressMessages(suppressWarnings(
  lmer(formula, data, REML = FALSE, control = control)))

cpu <- function() sum(proc.time()[1:2])
wall <- function() as.numeric(Sys.time())

# R's clock of processor time may be as coarse as 10 ms: a sample is as many fits as last 0.25 s.
sample <- function() {
  gc(FALSE)
  count <- 0
  cpuStart <- cpu()
  wallStart <- wall()
  repeat {
    model <<- fit()
    count <- count + 1
    if (wall() - wallStart > 0.25) break
  }
  c(cpu = (cpu() - cpuStart) / count, wall = (wall() - wallStart) / count, count = count)
}

begin <- wall()
# The first fits compile byte code; a second sample is counted only where it fits into the budget.
samples <- sample()
if (wall() - begin < budget / 2) samples <- sample()
samples <- as.matrix(samples)
while (wall() - begin < budget && ncol(samples) < 101) samples <- cbind(samples, sample())
cat(sprintf(
  paste0('{"system": "lme4", "version": "%s (R %s)", "cpu": %.6g, "wall": %.6g, "calls": %d, ',
    '"objective": %.12g, "evaluations": %d}\n'),
  packageVersion("lme4"), getRversion(), median(samples["cpu", ]), median(samples["wall", ]),
  as.integer(sum(samples["count", ])), -2 * as.numeric(logLik(model)),
  as.integer(model@optinfo$feval)))
