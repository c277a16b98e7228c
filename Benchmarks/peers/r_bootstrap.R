# This file is part of the swift-mixed-models project.
# SPDX-License-Identifier: Apache-2.0
#
# Rscript r_bootstrap.R FORMULA FILE REPLICATES
# Milliseconds of processor time per replicate of a parametric bootstrap by bootMer, from an ML fit:
# fixed effects, sigma and theta of each replicate.

suppressPackageStartupMessages(library(lme4))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[2], stringsAsFactors = TRUE)
replicates <- as.integer(arguments[3])
fit <- lmer(as.formula(arguments[1]), data, REML = FALSE)
statistics <- function(model) c(fixef(model), sigma = sigma(model), getME(model, "theta"))
elapsed <- system.time(
  suppressMessages(suppressWarnings(bootMer(fit, statistics, nsim = replicates, seed = 1))))
cat(sprintf("lme4 %s, bootMer: %.4g ms per replicate\n", packageVersion("lme4"),
  1000 * sum(elapsed[c("user.self", "sys.self")]) / replicates))
