// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Fits by pseudo-likelihood on the command line")
struct PseudoLikelihoodTests {
  private static let arguments = [
    "fit", "incidence / size ~ period + (1 | herd)", "cbpp", "--family", "binomial",
    "--pseudo-likelihood",
  ]

  @Test(
    "The criterion is named, and what rests on a likelihood is null",
    arguments: [([], "MPL"), (["--reml"], "REMPL")])
  func json(options: [String], criterion: String) throws {
    let run = try CommandRun(Self.arguments + options + ["--format", "json"])
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    #expect(run.output.contains("\"criterion\": \"\(criterion)\""))
    for key in ["nAGQ", "logLik", "aic", "aicc", "bic", "sigma"] {
      #expect(run.output.contains("\"\(key)\": null"), "\(key)")
    }
  }

  @Test(
    "Options of another criterion are refused",
    arguments: [["--nagq", "5"], ["--fast"], ["--laplace", "expected"]])
  func excluded(options: [String]) throws {
    let run = try CommandRun(Self.arguments + options)
    #expect(run.status == 64)
    #expect(
      run.errors.contains(
        "The option \(options[0]) belongs to the Laplace approximation and quadrature, and"
          + " --pseudo-likelihood asks for another criterion. Leave out one of them."))
  }

  @Test("A linear model has none")
  func linear() throws {
    let run = try CommandRun([
      "fit", "reaction ~ days + (1 | subj)", "sleepstudy", "--pseudo-likelihood",
    ])
    #expect(run.status == 64)
    #expect(run.errors.contains("The option --pseudo-likelihood is for generalized models"))
  }
}
