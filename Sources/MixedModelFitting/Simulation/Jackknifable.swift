// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import ModelOptimization

/// A fitted model that can be fitted again without the rows of a level.
public protocol Jackknifable: MixedModel {
  /// The same model fitted to the rows that are not of one level of a grouping factor; the levels
  /// and all that the design has learnt stay as they are. This model does not change.
  /// - Parameters:
  ///   - level: its index among the levels of the term.
  ///   - term: the index of the grouping factor in the design.
  /// - Throws: ``MixedModelError`` if the model cannot be identified from the other rows.
  func refitted(withoutLevel level: Int, ofTerm term: Int) throws(MixedModelError) -> Self
}

extension LinearMixedModel: Jackknifable {
  public func refitted(
    withoutLevel level: Int, ofTerm term: Int
  ) throws(MixedModelError) -> LinearMixedModel {
    let selection = problem.rows.selection(withoutLevel: level, ofTerm: term)
    let problem = try LinearProblem(problem.design, problem.rows.selected(selection))
    let start = problem.userParameters(problem.warmStart(internalTheta))
    return try problem.fit(criterion: criterion, options: OptimizationOptions(start: start))
  }
}

extension GeneralizedLinearMixedModel: Jackknifable {
  public func refitted(
    withoutLevel level: Int, ofTerm term: Int
  ) throws(MixedModelError) -> GeneralizedLinearMixedModel {
    let selection = problem.rows.selection(withoutLevel: level, ofTerm: term)
    let problem = GeneralizedProblem(
      design: problem.design, rows: problem.rows.selected(selection),
      weights: problem.weights.map { weights in selection.map { weights[$0] } },
      family: problem.family, link: problem.link, joinsRows: true)
    return try problem.fit(
      criterion: criterion, information: information, covariance: covarianceKind)
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
