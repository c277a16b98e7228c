// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Bad input of generalized models gets one message")
struct BadGeneralizedInputTests {
  /// A response of the given values, row by row.
  private static func response(
    _ name: String, _ family: String, formula: String = "y ~ 1 + x + (1 | g)",
    options: [String] = [], _ value: (Sample.Row) -> String, status: Int32 = 1, message: String
  ) -> BadInput {
    BadInput(
      name: name, csv: Data(Sample.csv("y,x,g,n") { [value($0), "\($0.x)", $0.g, "4"] }.utf8),
      formula: formula, options: ["--family", family] + options, status: status, message: message)
  }

  private static func option(
    _ options: [String], family: String? = "poisson", status: Int32 = 64, _ message: String
  ) -> BadInput {
    BadInput(
      name: options.joined(separator: " "),
      csv: Data(Sample.csv("y,x,g") { ["\($0.index % 5)", "\($0.x)", $0.g] }.utf8),
      options: (family.map { ["--family", $0] } ?? []) + options, status: status, message: message)
  }

  private static let responses: [BadInput] = [
    response(
      "negative count", "poisson", { $0.index == 4 ? "-1" : "\($0.index % 3)" },
      message: "The response y is -1 in row 5, which is negative. The poisson family needs whole"
        + " counts."),
    response(
      "broken count", "negativebinomial", { $0.index == 4 ? "1.5" : "\($0.index % 3)" },
      message: "The response y is 1.5 in row 5, which is not whole. The negativebinomial family"
        + " needs whole counts."),
    response(
      "proportion above one", "binomial", options: ["--weights", "n"],
      { $0.index == 4 ? "1.5" : "0.5" },
      message: "The response y is 1.5 in row 5, which is above 1. The binomial family needs"
        + " proportions from 0 to 1, with the numbers of trials as weights."),
    response(
      "proportion below zero", "binomial", options: ["--weights", "n"],
      { $0.index == 4 ? "-0.5" : "0.5" },
      message: "The response y is -0.5 in row 5, which is negative. The binomial family needs"
        + " proportions from 0 to 1, with the numbers of trials as weights."),
    response(
      "trials as weights", "binomial", formula: "y / n ~ 1 + x + (1 | g)",
      options: ["--weights", "n"], { "\($0.index % 5)" }, status: 64,
      message: "The column \"n\" is both the trials of the response y / n and the prior weights, so"
        + " that trials would count twice. Leave out the weights: the response has named its trials."
    ),
    response(
      "no proportion of the trials", "binomial", options: ["--weights", "n"],
      { $0.index == 4 ? "0.3" : "0.5" },
      message: "The response y is 0.3 in row 5, which is 1.2 successes in 4 trials, not a whole"
        + " number. The binomial family needs proportions from 0 to 1, with the numbers of trials"
        + " as weights."),
    response(
      "successes above trials", "binomial", formula: "y / n ~ 1 + x + (1 | g)",
      { $0.index == 4 ? "5" : "\($0.index % 4)" },
      message: "The response y / n is 1.25 in row 5, which is above 1. The binomial family needs"
        + " proportions from 0 to 1, with the numbers of trials as weights."),
    response(
      "zero trials", "binomial", formula: "n / y ~ 1 + x + (1 | g)",
      { $0.index == 4 ? "0" : "5" },
      message: "The response n / y has 0 trials in row 5. A binomial response needs at least one"
        + " trial: leave the row out."),
    response(
      "neither 0 nor 1", "bernoulli", { $0.index == 4 ? "2" : "\($0.index % 2)" },
      message: "The response y is 2 in row 5, which is neither 0 nor 1. The bernoulli family needs"
        + " 0 or 1; for proportions choose the binomial family, with the numbers of trials as"
        + " weights."),
    response(
      "three levels", "bernoulli", { ["a", "b", "c"][$0.index % 3] },
      message: "The categorical response \"y\" has 3 levels in the rows used: \"a\", \"b\", \"c\"."
        + " It needs exactly two: failure, then success."),
    response(
      "zero in gamma", "gamma", { $0.index == 4 ? "0" : "\($0.y)" },
      message:
        "The response y is 0 in row 5, which is not positive. The gamma family needs positive"
        + " numbers."),
    response(
      "negative in inverse Gaussian", "inversegaussian", { $0.index == 4 ? "-2" : "\($0.y)" },
      message: "The response y is -2 in row 5, which is negative. The inversegaussian family needs"
        + " positive numbers."),
    response(
      "all counts zero", "poisson", { _ in "0" },
      message: "The response y is constant: it is 0 in every row used. There is no variation for a"
        + " model to explain."),
    response(
      "complete separation", "bernoulli", { $0.x > 0.5 ? "1" : "0" },
      message: "The fixed effects predict every value of y exactly: the coefficients of x have no"
        + " finite estimates (complete separation). Leave out what separates the response, or"
        + " merge levels of it."),
    response(
      "a mean that the link cannot map", "gaussian", options: ["--link", "inverse"],
      { ["0", "1", "-1", "0"][$0.index % 4] },
      message: "The inverse link has no linear predictor for the mean 0, from which the gaussian"
        + " model would start in row 1. Choose another link, or check the response there."),
  ]

  private static let options: [BadInput] = [
    option(
      ["--link", "lgo"],
      "There is no link \"lgo\". Links: identity, logit, probit, cloglog, cauchit, log, inverse,"
        + " inversesquare, sqrt, power:P."),
    option(
      ["--family", "poison"], family: nil,
      "There is no family \"poison\". Did you mean \"poisson\"? Families: gaussian, bernoulli,"
        + " binomial, poisson, negativebinomial, gamma, inversegaussian, quasibinomial,"
        + " quasipoisson."),
    option(
      ["--ddf", "satterthwaite"],
      "The option --ddf satterthwaite is for linear models, and this model is generalized. Use"
        + " --ddf residual, or none for z tests."),
    option(
      ["--reml"],
      "The option --reml is for linear models; a poisson model has no such criterion. Leave it"
        + " out, or give --pseudo-likelihood with it."),
    option(
      ["--size-parameter", "2"],
      "A size parameter of 2 is given, and the poisson family has none. Choose the negativebinomial"
        + " family, or leave the size parameter out."),
    option(
      ["--size-parameter=-2"], family: "negativebinomial",
      "The size parameter of the negative binomial family is -2. It must be positive and finite; it"
        + " is estimated when it is not given."),
    option(
      ["--laplace", "both"],
      "The option --laplace does not accept \"both\". It takes observed or expected."),
    option(
      ["--covariance", "robust"],
      "The option --covariance does not accept \"robust\". It takes joint or conditional."),
    option(
      ["--nagq=-1"], "The option --nagq does not accept \"-1\". It takes a whole number from 0."),
    option(
      ["--fast"], family: nil,
      "The option --fast is for generalized models, and this model is linear. Leave it out, or name"
        + " a family with --family."),
    option(
      ["--covariance", "joint"], family: "gaussian",
      "The option --covariance is for generalized models, and this model is linear. Leave it out,"
        + " or name a family with --family."),
  ]

  @Test("Quadrature over crossed grouping factors is refused")
  func crossedQuadrature() throws {
    let run = try CommandRun(
      [
        "fit", "r2 ~ 1 + anger + (1 | subj) + (1 | item)", "verbagg", "--family", "bernoulli",
        "--nagq", "9",
      ])
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(
      run.errors == "error: Quadrature with 9 points needs a single grouping factor, and the model"
        + " has 2: subj, item. Use the Laplace approximation, 1 point, which every model accepts.\n"
    )
  }

  @Test("A response that the family cannot have", arguments: responses)
  func badResponse(input: BadInput) throws { try input.check() }

  @Test("An option that does not fit", arguments: options)
  func badOption(input: BadInput) throws { try input.check() }
}
