// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import ModelFormulas

@testable import MixedModelFitting

/// A published summary table, and how to fit its model here.
struct SeedTable: Sendable {
  /// A line of the table beside ours, whose estimates are nearer to the optimum.
  ///
  /// Ours is that of the exact optimum up to what an optimizer's stopping rule leaves open. For
  /// models of the sleep study it was found by Newton's method in extended precision, on the
  /// covariance matrix that all subjects share.
  struct Difference: Sendable {
    let published: String
    let ours: String

    init(_ published: String, _ ours: String) {
      self.published = published
      self.ours = ours
    }
  }

  let formula: String
  let dataset: Dataset
  var criterion = Criterion.maximumLikelihood
  /// The criterion of a Bernoulli model, whose standard errors are the conditional ones; `nil` for
  /// a linear model.
  var generalized: GeneralizedCriterion?
  var hasCategoricalDays = false
  /// Whether `sample`, the combination of `cask` and `batch`, is a column.
  var hasSampleColumn = false
  /// Whether the data identify theta and sigma; where not, variance components cannot be compared.
  var isIdentified = true
  let text: String
  let differences: [Difference]

  func model() throws -> any MixedModel {
    if let generalized {
      return try GeneralizedProblem(try Formula(formula), data: dataset.table, family: .bernoulli)
        .fit(criterion: generalized, covariance: .conditional)
    }
    var table = dataset.table
    if hasSampleColumn { table = try Self.addingSample(to: table) }
    return try LinearMixedModel.fit(
      try Formula(formula), data: table, criterion: criterion,
      options: DesignOptions(contrasts: hasCategoricalDays ? ["days": .dummy()] : [:]))
  }

  private static func addingSample(to table: DataTable) throws -> DataTable {
    let cask = try table.column("cask").asCategorical()
    let batch = try table.column("batch").asCategorical()
    let sample = zip(cask.codes, batch.codes).map { codes -> String? in
      "\(cask.levels[Int(codes.0)])&\(batch.levels[Int(codes.1)])"
    }
    var columns: [(name: String, column: Column)] = []
    for name in table.columnNames { columns.append((name, try table.column(name))) }
    return try DataTable(columns + [("sample", .categorical(CategoricalColumn(sample)))])
  }
}

extension SeedTable {
  /// The numbers of a line may differ from the optimum's by this share: a fit is settled to a
  /// millionth of the standard errors of its variances, which are smaller than these.
  private static let tolerance = 1e-6

  /// Whether two lines have the same length, text and, up to the tolerance, numbers.
  static func agree(_ line: String, _ expected: String) -> Bool {
    // The REML criterion is shown with all digits, and the last ones are rounding errors.
    let isFullPrecision = line.hasPrefix(" REML criterion")
    // The last digit of a number may come or go with rounding, which leaves the columns in place.
    guard isFullPrecision || line.count == expected.count else { return false }
    let words = line.split(separator: " ")
    let expectedWords = expected.split(separator: " ")
    guard words.count == expectedWords.count else { return false }
    return zip(words, expectedWords).allSatisfy { word, expected in
      if word == expected { return true }
      guard let value = Double(word), let expectedValue = Double(expected) else { return false }
      return abs(value - expectedValue)
        <= max(tolerance * abs(expectedValue), 1.01 * lastUnit(of: expected))
    }
  }

  /// One unit in the last digit of a number in decimals.
  private static func lastUnit(of number: some StringProtocol) -> Double {
    let decimals = number.split(separator: ".").dropFirst().first?.count ?? 0
    return (0..<decimals).reduce(1) { unit, _ in unit / 10 }
  }
}
