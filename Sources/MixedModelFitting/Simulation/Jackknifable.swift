// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

/// A fitted model that can be fitted again to some of its rows.
public protocol Jackknifable: MixedModel {
  /// The same model fitted to the rows that are not of one level of a grouping factor; the levels
  /// and all that the design has learnt stay as they are. This model does not change.
  /// - Parameters:
  ///   - level: its index among the levels of the term.
  ///   - term: the index of the grouping factor in the design.
  /// - Throws: ``MixedModelError`` if the model cannot be identified from the other rows.
  func refitted(withoutLevel level: Int, ofTerm term: Int) throws(MixedModelError) -> Self

  /// The same model fitted to some of its rows; the levels and all that the design has learnt stay as
  /// they are. This model does not change.
  /// - Parameter selection: the indices of the rows among those used.
  /// - Throws: ``MixedModelError`` if the model cannot be identified from them.
  func refitted(toRows selection: [Int]) throws(MixedModelError) -> Self
}

extension LinearMixedModel: Jackknifable {
  public func refitted(
    withoutLevel level: Int, ofTerm term: Int
  ) throws(MixedModelError) -> LinearMixedModel {
    try refitted(toRows: problem.rows.selection(withoutLevel: level, ofTerm: term))
  }

  public func refitted(toRows selection: [Int]) throws(MixedModelError) -> LinearMixedModel {
    let problem = try LinearProblem(problem.design, problem.rows.selected(selection))
    let start = problem.userParameters(problem.warmStart(internalTheta))
    return try problem.fit(criterion: criterion, options: OptimizationOptions(start: start))
  }
}

extension GeneralizedLinearMixedModel: Jackknifable {
  public func refitted(
    withoutLevel level: Int, ofTerm term: Int
  ) throws(MixedModelError) -> GeneralizedLinearMixedModel {
    try refitted(toRows: problem.rows.selection(withoutLevel: level, ofTerm: term))
  }

  public func refitted(
    toRows selection: [Int]
  ) throws(MixedModelError) -> GeneralizedLinearMixedModel {
    let problem = GeneralizedProblem(
      design: problem.design, rows: problem.rows.selected(selection),
      weights: problem.weights.map { weights in selection.map { weights[$0] } },
      family: problem.family, link: problem.link, joinsRows: true)
    return try problem.fit(
      criterion: criterion, information: information, covariance: covarianceKind)
  }
}

extension GeneralizedLinearMixedModel {
  /// The same model with a constant in place of all covariates of the fixed effects.
  package func refittedWithoutCovariates() throws(MixedModelError) -> GeneralizedLinearMixedModel {
    let rows = problem.rows
    // Columns of zeros are aliased, so that the design stays.
    var fixed = Matrix(rowCount: rows.rowCount, columnCount: rows.fixedEffects.columnCount)
    for row in 0..<rows.rowCount { fixed[row, 0] = 1 }
    let constant = DesignRows(
      fixedEffects: fixed, terms: rows.terms, response: rows.response, weights: rows.weights,
      offset: rows.offset, tableRows: rows.tableRows, tableRowCount: rows.tableRowCount,
      frequencies: rows.frequencies)
    let problem = GeneralizedProblem(
      design: problem.design, rows: constant, weights: problem.weights, family: problem.family,
      link: problem.link, joinsRows: true)
    return try problem.fit(
      criterion: criterion, information: information, covariance: .conditional)
  }
}

extension DesignRows {
  /// The rows that are not of a level.
  fileprivate func selection(withoutLevel level: Int, ofTerm term: Int) -> [Int] {
    let codes = terms[term].levelCodes
    return codes.indices.filter { Int(codes[$0]) != level }
  }

  /// Some of the rows.
  fileprivate func selected(_ selection: [Int]) -> DesignRows {
    selected(
      selection, response: selection.map { response[$0] },
      weights: weights.map { weights in selection.map { weights[$0] } },
      frequencies: frequencies.map { frequencies in selection.map { frequencies[$0] } })
  }
}
