# This file is part of the swift-mixed-models project.
# SPDX-License-Identifier: Apache-2.0
#
# Rscript r_peers.R SYSTEM FORMULA FILE CATEGORICAL FAMILY POINTS SECONDS
# Times maximum-likelihood fits on data in memory until SECONDS have passed; prints one line of JSON.
# SYSTEM: lme4 or glmmTMB. CATEGORICAL: names of numeric columns to convert first, separated by
# commas. FAMILY: gaussian, bernoulli, binomial or poisson. POINTS: nAGQ, 0 and 1 included.

arguments <- commandArgs(trailingOnly = TRUE)
system <- arguments[1]
if (!requireNamespace(system, quietly = TRUE)) {
  cat('{"error": "not installed"}\n')
  quit(save = "no")
}
suppressPackageStartupMessages(library(system, character.only = TRUE))
center <- function(x) x - mean(x)
formula <- as.formula(arguments[2])
data <- read.csv(arguments[3], stringsAsFactors = TRUE)
for (name in strsplit(arguments[4], ",")[[1]]) data[[name]] <- factor(data[[name]])
family <- switch(arguments[5], poisson = poisson(), gaussian = NULL, binomial())
points <- as.integer(arguments[6])
budget <- as.numeric(arguments[7])
report <- function(...) {
  cat(sprintf('{"system": "%s", "version": "%s (R %s)", ', system, packageVersion(system),
    getRversion()), ..., "}\n", sep = "")
  quit(save = "no")
}
if (system == "glmmTMB" && points != 1) report('"unsupported": "the Laplace approximation only"')
# A proportion successes / trials has its trials as weights.
trials <- if (arguments[5] == "binomial") data[[all.vars(formula[[2]])[2]]]
# As many random effects as rows is an error by default; the model with categorical days has that.
control <- if (system == "lme4") lmerControl(check.nobs.vs.nRE = "ignore")
# Weights are looked up in the data and then where the formula was made.
fit <- function() suppressMessages(suppressWarnings(
  if (system == "glmmTMB") {
    glmmTMB(formula, data, family = if (is.null(family)) gaussian() else family, weights = trials)
  } else if (is.null(family)) {
    lmer(formula, data, REML = FALSE, control = control)
  } else {
    glmer(formula, data, family = family, nAGQ = points, weights = trials)
  }))
# With quadrature lme4's logLik leaves out constants, which are zero for responses of 0 and 1.
objective <- function() {
  if (points > 1) model@devcomp$cmp[["dev"]] else -2 * as.numeric(logLik(model))
}
evaluations <- function() {
  count <- if (system == "lme4") sum(model@optinfo$feval) else model$fit$evaluations[["function"]]
  if (length(count) == 1 && is.finite(count)) count else 0
}

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
report(sprintf(
  '"cpu": %.6g, "wall": %.6g, "calls": %d, "objective": %.12g, "evaluations": %d',
  median(samples["cpu", ]), median(samples["wall", ]), as.integer(sum(samples["count", ])),
  objective(), as.integer(evaluations())))
