// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ModelFormulas

@Suite("Messages about terms that make no formula")
struct TermFaultTests {
  @Test(
    "Random-effects terms: the message shows the place and what is expected",
    arguments: [
      Refusal(
        of: "y ~ (x | )", at: 9,
        """
        A term is missing after "|".
          y ~ (x | )
                   ^ Write a grouping factor here, as in (1 | g).
        """),
      Refusal(
        of: "y ~ ( | g)", at: 6,
        """
        A term is missing before "|".
          y ~ ( | g)
                ^ Write the random effects before it, as in (1 | g).
        """),
      Refusal(
        of: "y ~ x | g", at: 6,
        """
        A random-effects term stands without parentheses.
          y ~ x | g
                ^ Write it as in (1 + x | g).
        """),
      Refusal(
        of: "y ~ (1 | g | h)", at: 11,
        """
        A random-effects term has a second "|".
          y ~ (1 | g | h)
                     ^ Write one term for each grouping factor, as in (1 | g) + (1 | h).
        """),
      Refusal(
        of: "y ~ (1 | (1 | g))", at: 12,
        """
        A random-effects term stands inside another.
          y ~ (1 | (1 | g))
                      ^ Write one term for each grouping factor, as in (1 | g) + (1 | h).
        """),
      Refusal(
        of: "y ~ ((1 | g) | h)", at: 8,
        """
        A random-effects term stands inside another.
          y ~ ((1 | g) | h)
                  ^ Write one term for each grouping factor, as in (1 | g) + (1 | h).
        """),
      Refusal(
        of: "y ~ a * (1 | g)", at: 11,
        """
        A random-effects term can only be added to the other terms.
          y ~ a * (1 | g)
                     ^ Join it with +, as in y ~ x + (1 | g).
        """),
      Refusal(
        of: "y ~ (0 | g)", at: 7,
        """
        This random-effects term has no effects.
          y ~ (0 | g)
                 ^ Write 1 or a column before "|", as in (1 | g).
        """),
      Refusal(
        of: "y ~ (1 | g + h)", at: 11,
        """
        This is not a grouping factor.
          y ~ (1 | g + h)
                     ^ Right of "|" stands a column, or several joined by / (nested) or &, as in (1 | batch / cask).
        """),
      Refusal(
        of: "y ~ (1 | log(g))", at: 9,
        """
        This is not a grouping factor.
          y ~ (1 | log(g))
                   ^ Right of "|" stands a column, or several joined by / (nested) or &, as in (1 | batch / cask).
        """),
      Refusal(
        of: "y ~ (offset(x) | g)", at: 5,
        """
        An offset cannot be a random effect.
          y ~ (offset(x) | g)
               ^ Add it to the fixed effects, as in y ~ x + offset(z) + (1 | g).
        """),
      Refusal(
        of: "y ~ cs(x || g)", at: 9,
        """
        The operator "||" contradicts the covariance structure "cs".
          y ~ cs(x || g)
                   ^ Write cs(1 + x | g), or (1 + x || g) for no correlations.
        """),
      Refusal(
        of: "y ~ zerocorr(x)", at: 4,
        """
        The covariance structure "zerocorr" takes one random-effects term.
          y ~ zerocorr(x)
              ^ Write it as in zerocorr(1 + x | g).
        """),
      Refusal(
        of: "y ~ I(a | b)", at: 8,
        """
        The operator "|" has no meaning in arithmetic.
          y ~ I(a | b)
                  ^ Here +, -, *, / and ^ compute with columns of numbers.
        """),
    ])
  func randomTerms(refusal: Refusal) {
    refusal.check()
  }

  @Test(
    "Functions, numbers and operators among terms: the message shows the place and what is expected",
    arguments: [
      Refusal(
        of: "y ~ sqrrt(x)", at: 4,
        """
        There is no function "sqrrt" in formulas.
          y ~ sqrrt(x)
              ^ Did you mean "sqrt"? Functions: log, log2, log10, log1p, exp, expm1, sqrt, abs, abs2, I, center, scale, poly, offset, fulldummy, cbind.
        """),
      Refusal(
        of: "y ~ as.factor(dose) + (1 | g)", at: 4,
        """
        There is no function "as.factor" in formulas.
          y ~ as.factor(dose) + (1 | g)
              ^ Write dose alone and name the column as categorical: --categorical dose, in Swift DesignOptions(categorical: ["dose"]).
        """),
      Refusal(
        of: "y ~ frobnicate(x)", at: 4,
        """
        There is no function "frobnicate" in formulas.
          y ~ frobnicate(x)
              ^ Functions: log, log2, log10, log1p, exp, expm1, sqrt, abs, abs2, I, center, scale, poly, offset, fulldummy, cbind.
        """),
      Refusal(
        of: "y ~ 2 * x", at: 4,
        """
        The number 2 is not a term.
          y ~ 2 * x
              ^ The only numbers that are terms are 1 and 0, for an intercept or none; arithmetic goes inside I(...), as in I(2 * x).
        """),
      Refusal(
        of: "y ~ x^1.5", at: 6,
        """
        The exponent of a group of terms must be a whole number from 1.
          y ~ x^1.5
                ^ (a + b + c)^2 gives all interactions up to order 2; the power of a column is I(x^2).
        """),
      Refusal(
        of: "y ~ x^0", at: 6,
        """
        The exponent of a group of terms must be a whole number from 1.
          y ~ x^0
                ^ (a + b + c)^2 gives all interactions up to order 2; the power of a column is I(x^2).
        """),
      Refusal(
        of: "y ~ a & 0", at: 8,
        """
        Nothing can be combined with an omitted intercept.
          y ~ a & 0
                  ^ Write 0 + or - 1 once, beside the terms.
        """),
      Refusal(
        of: "y ~ a & -b", at: 8,
        """
        A minus sign has no meaning here.
          y ~ a & -b
                  ^ A minus sign removes a term, as in a * b - a & b; arithmetic goes inside I(...), as in I(-x).
        """),
      Refusal(
        of: "y ~ a * (b - b)", at: 8,
        """
        The terms here remove each other, so that nothing is left to combine.
          y ~ a * (b - b)
                  ^ Write at least one term.
        """),
      Refusal(
        of: "y ~ a * offset(b)", at: 8,
        """
        An offset cannot be part of an interaction.
          y ~ a * offset(b)
                  ^ Add it to the other terms, as in y ~ x + offset(z).
        """),
      Refusal(
        of: "y ~ log(x, 2)", at: 4,
        """
        The function "log" takes one argument.
          y ~ log(x, 2)
              ^ Write it as in log(x).
        """),
      Refusal(
        of: "y ~ poly(x, 0)", at: 12,
        """
        The degree of a polynomial must be a whole number from 1.
          y ~ poly(x, 0)
                      ^ Write it as in poly(x, 2).
        """),
      Refusal(
        of: "y ~ fulldummy(a + b)", at: 16,
        """
        The argument of "fulldummy" must be one categorical column.
          y ~ fulldummy(a + b)
                          ^ Write it as in fulldummy(f).
        """),
      Refusal(
        of: "y ~ cbind(a, b)", at: 4,
        """
        The function "cbind" stands for a response.
          y ~ cbind(a, b)
              ^ Write it before "~", as in cbind(successes, failures) ~ x.
        """),
      Refusal(
        of: "y ~ I(a & b)", at: 8,
        """
        An interaction has no meaning in arithmetic.
          y ~ I(a & b)
                  ^ Here +, -, *, / and ^ compute with columns of numbers.
        """),
      Refusal(
        of: "offset(y) ~ x", at: 0,
        """
        The function "offset" cannot be used here.
          offset(y) ~ x
          ^ Arithmetic and responses are made of functions that give one column, such as log(x).
        """),
      Refusal(
        of: "y:z ~ x", at: 1,
        """
        An interaction has no meaning in arithmetic.
          y:z ~ x
           ^ Here +, -, *, / and ^ compute with columns of numbers.
        """),
      Refusal(
        of: "1 ~ x", at: 0,
        """
        The response holds no column.
          1 ~ x
          ^ Write the response column before "~", as in y ~ 1 + x.
        """),
      Refusal(
        of: "y ~ I(poly(x, 2))", at: 6,
        """
        The function "poly" cannot be used here.
          y ~ I(poly(x, 2))
                ^ Arithmetic and responses are made of functions that give one column, such as log(x).
        """),
    ])
  func functions(refusal: Refusal) {
    refusal.check()
  }
}
