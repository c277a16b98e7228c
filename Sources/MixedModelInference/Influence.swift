// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// How estimates without some rows are found.
public enum DeletionMethod: String, Sendable, Hashable {
  /// With theta as it is: exact for the fixed effects of a linear model given theta, and one step of
  /// penalized iteratively reweighted least squares for a generalized one.
  case oneStep
  /// By a fit to the other rows.
  case refit
}

/// What each group of rows does to the fit: the estimates without it.
///
/// Cook's distance of a group is `(β̂ - β̂₋)'V⁻¹(β̂ - β̂₋) / p`, with V the model's covariance matrix of
/// the p fixed effects.
///
/// R: lme4's `influence(model, groups)` with `dfbeta` and `cooks.distance` of it, whose distance is
/// multiplied by (m - p) / m for m groups; `influence.ME`. Source: Cook (1977); Demidenko & Stukel,
/// "Influence analysis for linear mixed-effects models", Statistics in Medicine 24 (2005).
public struct Influence: Sendable {
  /// One group.
  public struct Group: Sendable, Hashable {
    public let level: String
    public let rowCount: Int
    /// The estimable fixed effects without the group; `nil` where the other rows do not tell them.
    public let coefficients: [Double]?
    public let cooksDistance: Double?
    /// The covariance parameters without the group; `nil` unless the model was fitted again.
    public let theta: [Double]?
    /// The residual standard deviation without the group, where the family has one and the model was
    /// fitted again.
    public let residualStandardDeviation: Double?
  }

  /// What the groups are.
  public let name: String
  public let method: DeletionMethod
  public let groups: [Group]
  let fixedEffects: FixedEffects
}

extension MixedModel {
  /// The estimates without each group of rows.
  /// - Parameters:
  ///   - groups: what is left out together.
  ///   - method: without fitting again, by default.
  /// - Throws: ``MixedModelError`` if the model does not hold its rows.
  /// - Complexity: in one step, a solution with the factor per independent row of a group; otherwise a
  ///   fit per group.
  public func influence(
    by groups: RowGroups, method: DeletionMethod = .oneStep
  ) throws(MixedModelError) -> Influence {
    let model = try rowBased("influence")
    let members = groups.members
    var result: [Influence.Group] = []
    result.reserveCapacity(members.count)
    let factor = fixedEffectsCovariance.lowerCholeskyFactor
    func group(_ index: Int, _ coefficients: [Double]?, _ fit: (any MixedModel)? = nil) {
      let distance = coefficients.flatMap { factor?.cooksDistance(fixedEffects.estimates, $0) }
      result.append(
        Influence.Group(
          level: groups.levels[index], rowCount: members[index].count, coefficients: coefficients,
          cooksDistance: distance, theta: fit?.theta,
          residualStandardDeviation: fit?.residualStandardDeviation))
    }
    switch method {
    case .oneStep:
      let system = try model.deletionSystem()
      for (index, rows) in members.enumerated() {
        group(index, system.change(without: rows).map(fixedEffects.less))
      }
    case .refit:
      guard let refittable = self as? any Jackknifable else { throw .rowsNeeded(for: "influence") }
      for (index, excluded) in groups.complements.enumerated() {
        // What the other rows cannot tell is missing, not a failure of all.
        let fit = try? refittable.refitted(toRows: excluded)
        let isSame = fit?.fixedEffects.estimable == fixedEffects.estimable
        group(index, isSame ? fit?.fixedEffects.estimates : nil, isSame ? fit : nil)
      }
    }
    return Influence(
      name: groups.name, method: method, groups: result, fixedEffects: fixedEffects)
  }

  /// Cook's distance of each row used.
  /// - Throws: ``MixedModelError`` if the model does not hold its rows.
  /// - Complexity: that of ``leverages()``.
  public func cooksDistances(
    _ kind: CooksDistanceKind = .fixedEffects
  ) throws(MixedModelError) -> [Double] {
    let system = try rowBased("Cook's distance").deletionSystem()
    let (leverages, border) = system.rowSolutions()
    let rank = system.rank
    let factor = fixedEffectsCovariance.lowerCholeskyFactor
    return leverages.indices.map { row in
      let residual = system.residuals[row] / (1 - leverages[row])
      switch kind {
      case .fittedValues:
        return residual * residual * leverages[row] / (Double(rank) * system.variance)
      case .fixedEffects:
        let change = system.coefficientChange(
          border[row * rank..<(row + 1) * rank].map { $0 * residual })
        return (factor?.squaredLength(change) ?? .nan) / Double(rank)
      }
    }
  }

  /// The leverage of each row used: the derivative of its fitted value in its response, at the
  /// estimated theta; in a generalized model, that of the working response.
  ///
  /// R: `hatvalues`. MixedModels.jl: `leverage`.
  /// - Throws: ``MixedModelError`` if the model does not hold its rows.
  /// - Complexity: a factorization, and per row one solution in the part of the factor that it
  ///   reaches.
  public func leverages() throws(MixedModelError) -> [Double] {
    try rowBased("leverages").deletionSystem().rowSolutions().leverages
  }
}

/// What the distance of a row measures.
public enum CooksDistanceKind: String, Sendable, Hashable {
  /// How far the fixed effects move, at the estimated theta, if the row is left out: that of
  /// ``Influence``.
  case fixedEffects
  /// How far the fitted values with their random effects move: `e² h / ((1 - h)² p)` for the Pearson
  /// residual e and leverage h (lme4's `cooks.distance(model)`).
  case fittedValues
}

extension RowGroups {
  /// The rows outside of each group, one group at a time.
  fileprivate var complements: some Sequence<[Int]> {
    levels.indices.lazy.map { level in codes.indices.filter { Int(codes[$0]) != level } }
  }
}

extension DeletionSystem {
  /// `β̂ - β̂₋` without the given rows; `nil` if the others do not determine the estimates.
  fileprivate func change(without selection: [Int]) -> [Double]? {
    let block = reduced(selection)
    let count = block.matrix.rowCount
    let solution = solution(of: block)
    let whole = Matrix(
      rowCount: count, columnCount: count == 0 ? 0 : solution.count / count, values: solution)
    var rest = whole.timesTransposed(whole).scaled(by: -1)
    for i in 0..<count { rest[i, i] += 1 }
    guard let factor = rest.lowerCholeskyFactor else { return nil }
    for i in 0..<count where factor[i, i] * factor[i, i] <= Self.leastRest { return nil }
    let moved = factor.backwardSolution(factor.forwardSolution(block.residuals))
    let first = (whole.columnCount - rank) * count
    return coefficientChange(
      (0..<rank).map { j in
        (0..<count).reduce(0) { $0 + solution[first + j * count + $1] * moved[$1] }
      })
  }

  /// A combination of rows whose leverage is one to this is told by them alone.
  private static let leastRest = 1e-10
}

extension Matrix {
  fileprivate func cooksDistance(_ estimates: [Double], _ without: [Double]) -> Double {
    squaredLength(zip(estimates, without).map { $0 - $1 }) / Double(estimates.count)
  }
}

extension FixedEffects {
  fileprivate func less(_ change: [Double]) -> [Double] { zip(estimates, change).map { $0 - $1 } }
}

extension Influence {
  /// Estimates that differ by less than this share are the same but for rounding.
  private static let rounding = 1e-13

  /// A row per group: Cook's distance, the change of each coefficient in units of its standard error
  /// (DFBETAS with the standard errors of the whole fit), and theta without the group after refits.
  public var table: ResultTable {
    let parameterCount = groups.lazy.compactMap(\.theta?.count).first ?? 0
    var table = ResultTable(
      "influence",
      title: "Influence of \(name), "
        + (method == .refit ? "by fits without each group" : "at the estimated theta"),
      columns: [
        ResultTable.Column("level", name), ResultTable.Column("rows", "Rows"),
        ResultTable.Column("cooksDistance", "Cook's D"),
      ] + fixedEffects.names.map { ResultTable.Column("dfbetas:\($0)", $0) }
        + (0..<parameterCount).map { ResultTable.Column("theta:\($0 + 1)", "theta \($0 + 1)") })
    let errors = fixedEffects.standardErrors
    for group in groups {
      let changes = fixedEffects.estimates.indices.map { place in
        ResultTable.Value(
          group.coefficients.map { without in
            let estimate = fixedEffects.estimates[place]
            let change = estimate - without[place]
            return abs(change) > Self.rounding * abs(estimate) ? change / errors[place] : 0
          })
      }
      table.append(
        [.text(group.level), .integer(group.rowCount), ResultTable.Value(group.cooksDistance)]
          + changes + (group.theta ?? []).map { .number($0) })
    }
    return table
  }
}
