# This file is part of the swift-mixed-models project.
# SPDX-License-Identifier: Apache-2.0
#
# Rscript r_small_samples.R FORMULA FILE
# Milliseconds of processor time from a REML fit of lmer to the table of its coefficients with the
# degrees of freedom of lmerTest (Satterthwaite) and of pbkrtest (Kenward and Roger), and the degrees of
# freedom of the last coefficient by the latter.

suppressPackageStartupMessages({ library(lmerTest); library(pbkrtest) })
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[2], stringsAsFactors = TRUE)
fit <- lme4::lmer(as.formula(arguments[1]), data, REML = TRUE)
milliseconds <- function(body) {
  repetitions <- 1
  repeat {
    elapsed <- system.time(for (i in seq_len(repetitions)) body())
    time <- sum(elapsed[c("user.self", "sys.self")])
    if (time > 0.5) return(1000 * time / repetitions)
    repetitions <- 4 * repetitions
  }
}
satterthwaite <- milliseconds(function() coef(summary(as_lmerModLmerTest(fit))))
last <- NA
kenward_roger <- milliseconds(function() {
  adjusted <- vcovAdj(fit)
  beta <- lme4::fixef(fit)
  se <- sqrt(diag(as.matrix(adjusted)))
  df <- sapply(seq_along(beta), function(i) {
    combination <- replace(numeric(length(beta)), i, 1)
    Lb_ddf(combination, vcov(fit), adjusted)
  })
  last <<- df[length(df)]
  cbind(beta, se, df, p = 2 * pt(-abs(beta / se), df))
})
cat(sprintf("%d rows: lmerTest %.4g ms, pbkrtest %.4g ms, last df %.8g\n", nrow(data), satterthwaite,
  kenward_roger, last))
