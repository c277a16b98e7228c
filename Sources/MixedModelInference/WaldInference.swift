// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting

/// The fixed effects with their tests and confidence intervals, one row per column of the model
/// matrix.
///
/// R: `coef(summary(model))`. MixedModels.jl: `coeftable`. MATLAB: `Coefficients`.
public struct CoefficientTable: Sendable, Hashable {
  /// One coefficient; everything but the name is `nil` where an earlier column determines the
  /// column.
  public struct Row: Sendable, Hashable {
    public let name: String
    public let estimate: Double?
    public let standardError: Double?
    /// The estimate over its standard error.
    public let statistic: Double?
    /// The degrees of freedom of the reference distribution; `nil` for the normal distribution,
    /// too.
    public let degreesOfFreedom: Double?
    /// The probability of a statistic of this magnitude or more if the coefficient is zero,
    /// accurate down to the least positive number.
    public let pValue: Double?
    /// The confidence limits.
    public let lower: Double?
    public let upper: Double?

    /// The row of a column that earlier ones determine.
    init(aliased name: String) {
      self.name = name
      estimate = nil
      standardError = nil
      statistic = nil
      degreesOfFreedom = nil
      pValue = nil
      lower = nil
      upper = nil
    }

    init(name: String, _ coefficient: EstimatedCombination) {
      self.name = name
      estimate = coefficient.estimate
      standardError = coefficient.standardError
      statistic = coefficient.statistic
      degreesOfFreedom =
        coefficient.degreesOfFreedom.isFinite ? coefficient.degreesOfFreedom : nil
      pValue = coefficient.pValue
      lower = coefficient.lower
      upper = coefficient.upper
    }
  }

  public let rows: [Row]
  /// The coverage probability of the confidence intervals.
  public let level: Double

  /// The row of the given name, or `nil` if the model has no such column.
  public subscript(name: String) -> Row? { rows.first { $0.name == name } }
}

extension CoefficientTable: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { rows.count }
  public subscript(index: Int) -> Row { rows[index] }
}

extension MixedModel {
  /// The fixed effects with Wald tests and confidence intervals.
  ///
  /// A coefficient over its standard error is referred to Student's t distribution with the degrees
  /// of freedom of the given rule, by default to the normal distribution.
  ///
  /// R: `coef(summary(model))`, `confint(method = "Wald")`. MixedModels.jl: `coeftable`. MATLAB:
  /// `Coefficients`, `coefCI`.
  /// - Throws: ``MixedModelError`` if `level` is not between zero and one, or if the rule does not
  ///   apply to this model.
  public func coefficientTable(
    level: Double = 0.95, degreesOfFreedom: some DegreesOfFreedomMethod = .infinite
  ) throws(MixedModelError) -> CoefficientTable {
    try inference(degreesOfFreedom: degreesOfFreedom).coefficientTable(level: level)
  }
}
