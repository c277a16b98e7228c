# This file is part of the swift-mixed-models project.
# SPDX-License-Identifier: Apache-2.0
#
# Writes lme4-summaries.txt: print(summary(model)) of lme4 and lmerTest.
#
#   LC_ALL=C.UTF-8 Rscript lme4-summaries.R ../../../Sources/CDatasets/data > lme4-summaries.txt
#
# Fits end closer to the minimum than by default, so that what is printed is that of the minimum.
# Coefficients and grouping factors get the names they have here, formulas are those given here, and
# the call's `control` is not shown.

suppressMessages(library(lmerTest))
folder <- commandArgs(TRUE)[1]
data <- function(name) read.csv(file.path(folder, paste0(name, ".csv")), stringsAsFactors = TRUE)

linear <- lmerControl(
  optimizer = "nloptwrap", calc.derivs = FALSE,
  optCtrl = list(ftol_abs = 1e-14, ftol_rel = 1e-15, xtol_abs = 1e-10, xtol_rel = 1e-12, maxeval = 1e5))
generalized <- glmerControl(
  optimizer = "nloptwrap", tolPwrss = 1e-13, calc.derivs = FALSE,
  optCtrl = list(ftol_abs = 1e-13, ftol_rel = 1e-15, xtol_abs = 1e-9, xtol_rel = 1e-11, maxeval = 1e5))

# The summary of a generalized model with one more Newton step, and standard errors from a Hessian by
# Richardson's extrapolation (numDeriv), as simple differences have four or five digits.
joint <- function(fit, covariance = NULL) {
  deviance <- update(fit, devFunOnly = TRUE)
  theta <- getME(fit, "theta")
  parameters <- c(theta, fixef(fit))
  hessian <- numDeriv::hessian(deviance, parameters)
  parameters <- parameters - solve(hessian, numDeriv::grad(deviance, parameters))
  fixed <- -seq_along(theta)
  if (is.null(covariance)) covariance <- 2 * solve(hessian)[fixed, fixed]
  s <- summary(fit)
  beta <- parameters[fixed]
  error <- sqrt(diag(covariance))
  s$coefficients[, 1:4] <- c(beta, error, beta / error, 2 * pnorm(-abs(beta / error)))
  correlation <- as(s$vcov, "dpoMatrix")
  s$vcov@factors$correlation <- as(correlation, "corMatrix")
  s$vcov@factors$correlation@x <- c(cov2cor(covariance))
  s
}

show <- function(name, summary, formula, table, coefficients = NULL, groups = NULL) {
  summary$call$control <- NULL
  summary$call$weights <- NULL
  summary$call$formula <- formula
  summary$call$data <- as.name(table)
  if (!is.null(coefficients)) {
    rownames(summary$coefficients) <- coefficients
    # Not by dimnames(), which forgets the correlations.
    summary$vcov@Dimnames <- list(coefficients, coefficients)
  }
  if (!is.null(groups)) {
    names(summary$ngrps) <- groups
    parts <- attr(summary$varcor, "sc")
    scale <- attr(summary$varcor, "useSc")
    names(summary$varcor) <- groups
    attr(summary$varcor, "sc") <- parts
    attr(summary$varcor, "useSc") <- scale
  }
  cat("=== ", name, "\n", sep = "")
  suppressMessages(print(summary))
}
ml <- function(f, d) lme4::lmer(f, d, REML = FALSE, control = linear)
reml <- function(f, d) lme4::lmer(f, d, control = linear)

cat("R ", as.character(getRversion()), ", lme4 ", as.character(packageVersion("lme4")),
  ", lmerTest ", as.character(packageVersion("lmerTest")), "\n", sep = "")

dyestuff <- data("dyestuff")
f <- yield ~ 1 + (1 | batch)
show("dyestuff ML", summary(ml(f, dyestuff)), f, "dyestuff")
show("dyestuff REML", summary(reml(f, dyestuff)), f, "dyestuff")
show("dyestuff2 REML", summary(suppressMessages(reml(f, data("dyestuff2")))), f, "dyestuff2")

sleepstudy <- data("sleepstudy")
f <- reaction ~ 1 + days + (1 + days | subj)
show("sleepstudy ML", summary(ml(f, sleepstudy)), f, "sleepstudy")
show("sleepstudy REML", summary(reml(f, sleepstudy)), f, "sleepstudy")
g <- reaction ~ 1 + days + (1 + days || subj)
show("sleepstudy zerocorr", summary(reml(g, sleepstudy)), g, "sleepstudy")
fit <- lmerTest::lmer(f, sleepstudy, control = linear)
show("sleepstudy Satterthwaite", summary(fit), f, "sleepstudy")
show("sleepstudy Kenward-Roger", summary(fit, ddf = "Kenward-Roger"), f, "sleepstudy")
fit <- lmerTest::lmer(f, sleepstudy, REML = FALSE, control = linear)
show("sleepstudy ML Satterthwaite", summary(fit), f, "sleepstudy")

f <- diameter ~ 1 + (1 | sample) + (1 | plate)
show("penicillin", summary(reml(f, data("penicillin"))), f, "penicillin")

f <- strength ~ 1 + (1 | batch / cask)
show("pastes", summary(reml(f, data("pastes"))), f, "pastes", groups = c("batch & cask", "batch"))

machines <- data("machines")
machines$Worker <- factor(machines$Worker)
f <- score ~ 1 + Machine + (1 + Machine | Worker)
fit <- lmerTest::lmer(f, machines, control = linear)
s <- summary(fit)
machine <- c("(Intercept)", "Machine: B", "Machine: C")
colnames(s$varcor$Worker) <- machine
show("machines Satterthwaite", s, f, "machines", machine)
# The degrees of freedom, for the test.
cat("df", format(s$coefficients[, "df"], digits = 16), "\n")

insteval <- data("insteval")
f <- y ~ 1 + service * dept + (1 | s) + (1 | d)
fit <- ml(f, insteval)
named <- sub("service([A-Z])", "service: \\1", sub("dept(D[0-9]+)", "dept: \\1", names(fixef(fit))))
show("insteval dept", summary(fit), f, "insteval", sub(":dept", " & dept", named))
insteval$lectage <- factor(insteval$lectage)
f <- y ~ 1 + lectage * service + (1 | dept)
fit <- ml(f, insteval)
named <- sub("service([A-Z])", "service: \\1", sub("lectage([0-9]+)", "lectage: \\1", names(fixef(fit))))
show("insteval lectage", summary(fit), f, "insteval", sub(":service", " & service", named))

cbpp <- data("cbpp")
cbpp$period <- factor(cbpp$period)
f <- incidence / size ~ period + (1 | herd)
fit <- glmer(f, cbpp, binomial, weights = size, control = generalized)
show("cbpp", joint(fit), f, "cbpp", c("(Intercept)", paste("period:", 2:4)))

grouseticks <- data("grouseticks")
for (column in c("index", "brood", "location", "year"))
  grouseticks[[column]] <- factor(grouseticks[[column]])
grouseticks$cheight <- grouseticks$height - mean(grouseticks$height)
fit <- glmer(
  ticks ~ 1 + year + cheight + (1 | index) + (1 | brood) + (1 | location), grouseticks, poisson,
  control = generalized)
# lme4's criterion is not smooth enough here for the last digit of its differences: the covariance
# matrix is that of this library, whose standard errors agree with numDeriv's to 3e-7.
covariance <- matrix(c(
    0.03856255837799724, -0.0340607549708745, -0.03146185662208643, 7.784705368591739e-06,
    -0.0340607549708745, 0.05670470797983756, 0.03217063361767146, 3.949852168749209e-05,
    -0.03146185662208643, 0.03217063361767146, 0.06905778507644855, 4.229010687129687e-05,
    7.784705368591739e-06, 3.949852168749209e-05, 4.229010687129687e-05, 1.1823253461446515e-05), 4)
show("grouseticks", joint(fit, covariance),
  quote(ticks ~ 1 + year + center(height) + (1 | index) + (1 | brood) + (1 | location)),
  "grouseticks", c("(Intercept)", "year: 1996", "year: 1997", "center(height)"))

contra <- data("contra")
contra$use <- as.integer(contra$use == "Y")
f <- use ~ 1 + age + urban + livch + (1 | dist)
fit <- glmer(f, contra, binomial, nAGQ = 9, control = generalized)
show("contra", joint(fit), f, "contra",
  c("(Intercept)", "age", "urban: Y", paste("livch:", c(1:2, "3+"))))

# lme4 treats the dispersion of a gamma response otherwise. The numbers are those of this library, so
# that what is compared is the layout.
beta <- c(3.9563921016230306, 0.13607160556094405, 0.2366396990653768)
modes <- c(
  0.02248330580271388, -0.021056134914715953, 0.10290517215911643, 0.0018065998267479866,
  0.04696395683510179, -0.15408718073993766)
covariance <- matrix(c(
  0.00128196421997036, -0.00018295635481755312, -0.0001828578787766806,
  -0.00018295635481755312, 0.0003661272848240566, 0.00018280980033534596,
  -0.0001828578787766806, 0.00018280980033534596, 0.00036575373064638044), 3)
deviation <- 0.08120689029790426
residual <- 0.057358964548231514
f <- score ~ Machine + (1 | Worker)
fit <- glmer(f, machines, Gamma("log"), control = generalized)
s <- summary(fit)
error <- sqrt(diag(covariance))
s$coefficients[, 1:4] <- c(beta, error, beta / error, 2 * pnorm(-abs(beta / error)))
s$vcov@factors$correlation@x <- c(cov2cor(covariance))
attr(s$varcor$Worker, "stddev")[] <- deviation
attr(s$varcor, "sc") <- residual
s$AICtab[] <- c(312.80376644632156, 322.7486866791429, -151.40188322316078, 302.80376644632156, 49)
mean <- exp(drop(model.matrix(~ Machine, machines) %*% beta) + modes[as.integer(machines$Worker)])
s$residuals <- (machines$score - mean) / (residual * mean)
show("machines gamma", s, f, "machines", machine)
