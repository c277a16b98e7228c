# This file is part of the swift-mixed-models project.
# SPDX-License-Identifier: Apache-2.0
#
# Writes r-notation.txt: how R writes numbers, p-values and short names.
#
#   LC_ALL=C.UTF-8 Rscript r-notation.R > r-notation.txt
#
# Lines are fields between tabs: format, digits, numbers, texts; pvalue, numbers, texts; and
# abbreviate, least length, names, short names, where a bar stands between the items of a field.

set.seed(1)
join <- function(x) paste(x, collapse = "|")
exact <- function(x) sprintf("%.17g", x)
line <- function(...) cat(..., sep = "\t", fill = FALSE)
cat("R ", as.character(getRversion()), "\n", sep = "")
for (i in 1:120) {
  n <- sample(1:5, 1)
  x <- switch(sample(1:5, 1),
    rnorm(n) * 10^sample(-6:6, 1), rnorm(n) * 10^runif(n, -4, 4),
    round(rnorm(n) * 10^sample(0:4, 1), sample(0:3, 1)), 10^sample(-8:8, n, TRUE) * (1 - 1e-6),
    c(0, rnorm(n) * 10^sample(-5:5, n, TRUE)))
  digits <- sample(3:7, 1)
  line("format", digits, join(exact(x)), paste0(join(format(x, digits = digits)), "\n"))
}
for (i in 1:60) {
  p <- 10^-runif(sample(1:4, 1), 0, sample(c(2, 4, 20), 1))
  if (i %% 10 == 0) p[1] <- 0
  if (i == 60) p <- c(1e-300, 0)
  line("pvalue", join(exact(p)), paste0(join(format.pval(p, digits = 3)), "\n"))
}
names <- list(
  c("(Intercept)", "days"), c("(Intercept)", "service: Y", "service: Y & dept: D02"),
  c("lectage: 2 & service: Y", "lectage: 3 & service: Y", "lectage: 12 & service: Y"),
  c("temperature", "temperate", "temper", "temperature: high"), c("aeiou aeiou", "Xaeiou bcd", "ABCDEFGHIJKL"),
  c("I(log(x + 1) * 2)", "poly(age, 2)1", "poly(age, 2)2"), c("a", "bb", "ccccccccccccccc"),
  c("Machine: B", "Machine: C", "center(height)", "year: 96", "year: 97"),
  c("recipe: B & temperature: 185", "recipe: C & temperature: 185", "recipe: B & temperature: 195"))
for (set in names) {
  for (least in c(3, 6, 11)) {
    line("abbreviate", least, join(set), paste0(join(abbreviate(set, least)), "\n"))
  }
}
