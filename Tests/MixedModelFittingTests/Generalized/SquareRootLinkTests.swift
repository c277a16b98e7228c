// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import MixedModelFitting
import ModelFormulas
import Testing

@Suite("Square-root link")
struct SquareRootLinkTests {
  @Test("The mean is the square of the linear predictor on either side of zero")
  func mean() {
    for eta in [-2.0, 0, 2] {
      let mean = SquareRootLink().mean(eta)
      #expect(mean == SmoothValue(eta * eta, 2 * eta, 2, 0))
    }
  }

  /// Counts of eight groups; the second item's are so few that some groups' linear predictors fall
  /// below zero.
  private static let counts: [[Double]] = [
    [
      4, 10, 2, 10, 8, 1, 6, 3, 0, 0, 0, 1, 1, 0, 0, 0, 3, 2, 4, 9, 6, 1, 6, 5, 0, 0, 0, 1, 0, 0, 0,
      0, 4, 5, 2, 11, 4, 1, 2, 3, 0, 0, 0, 1, 1, 0, 0, 0, 3, 3, 2, 10, 2, 4, 4, 8, 0, 0, 0, 3, 1, 0,
      1, 2,
    ],
    [
      1, 4, 7, 1, 3, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 1, 7, 2, 4, 4, 0, 0, 0, 0, 0, 0, 0,
      0,
      1, 5, 3, 1, 7, 10, 6, 10, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 6, 2, 4, 2, 6, 8, 0, 0, 0, 0, 0, 0, 0,
      1,
    ],
  ]

  /// By glmmTMB 1.1.5, `y ~ item + (1 | g)` with `poisson(link = "sqrt")`.
  private static let expected: [(logLikelihood: Double, effects: [Double], deviation: Double)] = [
    (-91.63281286, [2.1019538, -1.6355269], 0.4267530),
    (-77.75277767, [1.9231661, -1.8444658], 0.2636178),
  ]

  @Test("Linear predictors may fall below zero", arguments: 0..<2)
  func fit(_ index: Int) throws {
    let counts = Self.counts[index]
    let table = try DataTable([
      ("y", .numeric(NumericColumn(counts))),
      ("item", .categorical(CategoricalColumn((0..<64).map { $0 / 8 % 2 == 0 ? "a" : "b" }))),
      ("g", .categorical(CategoricalColumn((0..<64).map { "g\($0 % 8)" }))),
    ])
    let model = try GeneralizedProblem(
      "y ~ item + (1 | g)", data: table, family: .poisson, link: .squareRoot
    ).fit()
    let (logLikelihood, effects, deviation) = Self.expected[index]
    #expect(model.hasConverged)
    #expect(abs(try #require(model.logLikelihood) - logLikelihood) < 1e-7)
    #expect(zip(model.fixedEffects.estimates, effects).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(abs(model.theta[0] - deviation) < 1e-5)
  }
}
