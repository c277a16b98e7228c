// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors
import ModelFormulas
import StatisticalFunctions
import Testing

@testable import MixedModelFitting

@Suite("Frequency weights")
struct FrequencyWeightsTests {
  @Test("A generalized fit is that of the repeated rows", arguments: FrequentModel.all)
  func generalized(_ example: FrequentModel) throws {
    let ours = try example.fit(frequentTable, frequencies: "f")
    let repeated = try example.fit(repeatedTable(), frequencies: nil)
    #expect(ours.problem.rows.rowCount < repeated.problem.rows.rowCount)
    expectSame(ours, repeated)
    #expect(isClose(ours.deviance, repeated.deviance, 1e-9))
    #expect(isClose(ours.overdispersionRatio(), repeated.overdispersionRatio(), estimateTolerance))
    #expect(isClose(ours.dispersion, repeated.dispersion, estimateTolerance))
    #expect(isClose(ours.sizeParameter ?? 0, repeated.sizeParameter ?? 0, estimateTolerance))
    for kind: GeneralizedResidualKind in [.response, .pearson, .deviance, .working] {
      expectClose(spread(ours.residuals(kind)), repeated.residuals(kind), estimateTolerance)
    }
    expectClose(spread(ours.fittedValues()), repeated.fittedValues(), estimateTolerance)
    #expect(ours.hasConverged == repeated.hasConverged)
  }

  @Test(
    "A linear fit is that of the repeated rows",
    arguments: [Criterion.maximumLikelihood, .restrictedMaximumLikelihood],
    [
      "positive ~ 1 + x + poly(z, 3) + (1 + x | g)", "positive ~ 1 + scale(z) + (1 | g) + (1 | h)",
      "log(positive) ~ 1 + center(z) + (0 + scale(z) | g)",
    ])
  func linear(_ criterion: Criterion, _ formula: String) throws {
    for weights in [nil, "exposure"] {
      let ours = try LinearMixedModel.fit(
        Formula(formula), data: frequentTable, criterion: criterion,
        options: DesignOptions(weights: weights, frequencyWeights: "f", offset: "o"))
      let repeated = try LinearMixedModel.fit(
        Formula(formula), data: repeatedTable(), criterion: criterion,
        options: DesignOptions(weights: weights, offset: "o"))
      expectSame(ours, repeated)
      let theta = ours.theta.map { 0.7 * $0 + 0.1 }
      #expect(
        isClose(
          try ours.problem.objective(at: theta, criterion: criterion),
          try repeated.problem.objective(at: theta, criterion: criterion), 1e-12))
      #expect(isClose(ours.sigma, repeated.sigma, 1e-9))
      #expect(ours.observationCount == 121)
      #expect(ours.residualDegreesOfFreedom == repeated.residualDegreesOfFreedom)
      expectClose(spread(try ours.leverage()), try repeated.leverage(), estimateTolerance)
      #expect(
        isClose(
          try ours.effectiveResidualDegreesOfFreedom(),
          try repeated.effectiveResidualDegreesOfFreedom(),
          estimateTolerance))
      for kind: ResidualKind in [.response, .pearson, .standardized] {
        expectClose(spread(ours.residuals(kind)), repeated.residuals(kind), estimateTolerance)
      }
      let response = ours.response.enumerated().map { $1 + 0.1 * Double($0 % 3) }
      let refit = try ours.refitted(to: response)
      let other = try repeated.refitted(to: spread(response))
      #expect(isClose(refit.objective, other.objective, 1e-9))
    }
  }

  @Test("Rows of frequency zero are left out, and a note counts them")
  func zeroFrequency() throws {
    let model = try LinearMixedModel.fit(
      "positive ~ 1 + x + (1 | g)", data: frequentTable,
      options: DesignOptions(frequencyWeights: "f"))
    let zeros = frequencies.filter { $0 == 0 }.count
    #expect(zeros == 15)
    #expect(model.design.rowCount == 60 - zeros)
    #expect(model.design.observationCount == 121)
    #expect(model.design.droppedRowCount == zeros)
    #expect(model.notes == [.rowsOfFrequencyZero(zeros, of: 60)])
    #expect(
      model.notes.map(\.description) == [
        "15 of 60 rows are left out because the frequency weights are zero."
      ])
    #expect(model.fittedValues().count == 45)
  }

  @Test("Frequencies of one change nothing")
  func ones() throws {
    let table = try frequentTable.replacing(
      "f", with: .numeric(NumericColumn([Double](repeating: 1, count: 60))))
    let formula: Formula = "count ~ 1 + x + (1 | g)"
    let options = DesignOptions(frequencyWeights: "f")
    let ours = try GeneralizedProblem(formula, data: table, family: .poisson, options: options)
    #expect(ours.rows.frequencies == nil)
    #expect(
      try ours.fit().objective
        == GeneralizedProblem(formula, data: table, family: .poisson).fit().objective)
  }

  @Test("Without a level's rows, the rest keep their frequencies")
  func jackknife() throws {
    let formula: Formula = "positive ~ 1 + z + (1 | g)"
    let options = DesignOptions(frequencyWeights: "f")
    let linear = try LinearMixedModel.fit(formula, data: frequentTable, options: options)
      .refitted(withoutLevel: 2, ofTerm: 0)
    let repeated = try LinearMixedModel.fit(formula, data: repeatedTable())
      .refitted(withoutLevel: 2, ofTerm: 0)
    #expect(isClose(linear.objective, repeated.objective, 1e-9))
    let gamma = try GeneralizedLinearMixedModel.fit(
      formula, data: frequentTable, family: .gamma, link: .log, options: options
    ).refitted(withoutLevel: 2, ofTerm: 0)
    let other = try GeneralizedLinearMixedModel.fit(
      formula, data: repeatedTable(), family: .gamma, link: .log
    ).refitted(withoutLevel: 2, ofTerm: 0)
    #expect(isClose(gamma.objective, other.objective, 1e-9))
    #expect(gamma.observationCount == other.observationCount)
  }

  @Test("A refit whose joined rows depend on the response joins them anew")
  func refit() throws {
    let formula: Formula = "count ~ 1 + x + (1 | g)"
    let model = try GeneralizedLinearMixedModel.fit(
      formula, data: frequentTable, family: .negativeBinomial,
      options: DesignOptions(frequencyWeights: "f"))
    #expect(model.problem.compression?.dependsOnResponse == true)
    let response = model.response.enumerated().map { $1 + Double($0 % 4) }
    let refit = try model.refitted(to: response)
    let repeated = try GeneralizedLinearMixedModel.fit(
      formula, data: repeatedTable(), family: .negativeBinomial
    ).refitted(to: spread(response))
    expectSame(refit, repeated)
  }

  @Test("What is no frequency is refused, with its row")
  func refused() throws {
    func message(_ change: (inout [Double]) -> Void) throws -> String? {
      var values = frequencies
      change(&values)
      let table = try frequentTable.replacing("f", with: .numeric(NumericColumn(values)))
      return #expect(throws: MixedModelError.self) {
        try LinearProblem(
          "positive ~ 1 + x + (1 | g)", data: table, options: DesignOptions(frequencyWeights: "f"))
      }?.description
    }
    #expect(
      try message { $0[3] = 1.5 }?.hasPrefix(
        "The frequency in column \"f\" is not a whole number in row 4: 1.5. Frequencies count "
          + "identical observations: whole numbers from zero.") == true)
    #expect(
      try message { $0[0] = -2 }?.hasPrefix(
        "The frequency in column \"f\" is negative in row 1: -2.") == true)
    #expect(
      try message { $0[5] = 0x1p53 }?.contains("add up to more than 9007199254740992 by row 6")
        == true)
    #expect(try message { $0[5] = .infinity }?.contains("is infinite in row 6") == true)
    #expect(
      try message { $0 = $0.map { _ in 0 } }?.contains("every frequency in column \"f\" is zero")
        == true)
    for (name, part) in [("g", "named as the frequency weights, is categorical"), ("k", "\"k\"")] {
      let error = #expect(throws: MixedModelError.self) {
        try LinearProblem(
          "positive ~ 1 + x + (1 | h)", data: frequentTable,
          options: DesignOptions(frequencyWeights: name))
      }
      #expect(error?.description.contains(part) == true)
    }
  }

  @Test("Responses of rows that stand for several observations are not simulated")
  func simulation() throws {
    let model = try LinearMixedModel.fit(
      "positive ~ 1 + x + (1 | g)", data: frequentTable,
      options: DesignOptions(frequencyWeights: "f"))
    let error = #expect(throws: MixedModelError.self) {
      try model.simulatedResponses(count: 1, seed: 1)
    }
    #expect(error?.description.contains("\"f\"") == true)
    let responses = try model.simulatedResponses(count: 2, seed: 1, in: frequentTable)
    #expect(responses.map(\.count) == [60, 60])
  }

  @Test(
    "Means and scatter say all that a linear refit needs of observations",
    arguments: [nil, "exposure"])
  func refitFromMeans(weights: String?) throws {
    let formula: Formula = "positive ~ 1 + x + (1 + z | g)"
    let model = try LinearMixedModel.fit(
      formula, data: frequentTable,
      options: DesignOptions(weights: weights, frequencyWeights: "f"))
    let repeated = try LinearMixedModel.fit(
      formula, data: repeatedTable(), options: DesignOptions(weights: weights))
    let rows = model.problem.rows
    var refitter = try LinearRefitter(model)
    var other = try LinearRefitter(repeated)
    for response in try repeated.simulatedResponses(count: 3, seed: 4) {
      var means: [Double] = []
      var scatter = 0.0
      for (row, frequency) in (rows.frequencies ?? []).enumerated() {
        let first = Int((rows.frequencies ?? []).prefix(row).reduce(0, +))
        let observations = response[first..<first + Int(frequency)]
        let mean = observations.reduce(0, +) / frequency
        means.append(mean)
        for y in observations { scatter += (rows.weights?[row] ?? 1) * (y - mean) * (y - mean) }
      }
      let refit = try refitter.refit(to: means, scatter: scatter)
      let expected = try other.refit(to: response)
      #expect(isClose(refit.objective, expected.objective, 1e-9))
      #expect(isClose(refit.sigma, expected.sigma, estimateTolerance))
      expectClose(refit.theta, expected.theta, 1e-5)
      expectClose(refit.coefficients, expected.coefficients, estimateTolerance)
      expectClose(refit.standardErrors, expected.standardErrors, estimateTolerance)
    }
  }

  @Test("Drawn means and scatter have the moments of their distributions")
  func drawnMeans() throws {
    let model = try LinearMixedModel.fit(
      "positive ~ 1 + x + (1 | g)", data: frequentTable,
      options: DesignOptions(weights: "exposure", frequencyWeights: "f"))
    let rows = model.problem.rows
    let weights = try #require(rows.totalWeights)
    let variance = model.sigma * model.sigma
    let expected = rows.linearPredictor(model.fixedEffects, randomEffects: model.randomEffects)
    let distribution = model.responseDistribution(randomEffects: .current)
    let draws = 500
    var (squares, scatter) = (0.0, 0.0)
    for draw in 1...draws {
      var stream = RandomStream(seed: 9, stream: UInt64(draw))
      let response = try distribution.drawMeans(using: &stream)
      scatter += response.scatter / variance
      for (row, (y, mean)) in zip(response.values, expected).enumerated() {
        squares += weights[row] * (y - mean) * (y - mean) / variance
      }
    }
    // Sums of chi-squared numbers, of mean d and variance 2d.
    let degrees = (
      rowMeans: Double(rows.rowCount), scatter: Double(rows.observationCount - rows.rowCount)
    )
    for (sum, mean) in [(squares, degrees.rowMeans), (scatter, degrees.scatter)] {
      let total = Double(draws) * mean
      #expect(abs(sum - total) < 4 * (2 * total).squareRoot())
    }
  }

  /// What an optimizer leaves of two fits of one criterion.
  private let estimateTolerance = 1e-6

  private func expectSame(
    _ ours: some MixedModel, _ repeated: some MixedModel,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(ours.observationCount == repeated.observationCount, sourceLocation: sourceLocation)
    #expect(ours.parameterCount == repeated.parameterCount, sourceLocation: sourceLocation)
    #expect(isClose(ours.objective, repeated.objective, 1e-9), sourceLocation: sourceLocation)
    let criteria = [ours.informationCriteria, repeated.informationCriteria].map {
      [$0?.aic ?? 0, $0?.bic ?? 0, $0?.aicc ?? 0, $0?.logLikelihood ?? 0]
    }
    expectClose(criteria[0], criteria[1], 1e-9)
    expectClose(ours.theta, repeated.theta, estimateTolerance)
    expectClose(
      ours.fixedEffects.estimates, repeated.fixedEffects.estimates, estimateTolerance)
    expectClose(
      ours.fixedEffects.map(\.standardError), repeated.fixedEffects.map(\.standardError),
      estimateTolerance)
  }

  private func expectClose(_ ours: [Double], _ expected: [Double], _ tolerance: Double) {
    #expect(ours.count == expected.count)
    for (ours, expected) in zip(ours, expected) { #expect(isClose(ours, expected, tolerance)) }
  }

  private func isClose(_ ours: Double, _ expected: Double, _ tolerance: Double) -> Bool {
    abs(ours - expected) <= tolerance * max(1, abs(expected))
  }

  /// The value of each row used, as often as the row counts.
  private func spread(_ values: [Double]) -> [Double] {
    zip(frequencies.filter { $0 > 0 }, values).flatMap {
      [Double](repeating: $1, count: Int($0))
    }
  }
}
