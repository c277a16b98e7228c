// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// How residuals of a cluster enter a robust covariance matrix.
public enum ClusterCorrection: String, Sendable, Hashable, CaseIterable {
  /// As they are.
  case cr0
  /// As they are, the sum multiplied by m / (m - 1) for m clusters.
  case cr1
  /// Corrected for the fit to them, so that the matrix has no bias where the model is right: Bell
  /// and McCaffrey's bias-reduced linearization. Linear models only.
  case cr2
}

/// A covariance matrix of the fixed effects that rests on independent clusters only, and not on the
/// model's variances being right: the sandwich `M (Σ s s') M`.
///
/// For cluster g, `s = X'V⁻¹ A (y - Xβ̂)` over its rows and `M = (X'V⁻¹X)⁻¹`, both of the fitted model;
/// A is the identity but for CR2. A generalized model is the linear one of its working responses at
/// the conditional modes, with the expected information as weights: its M does not count the
/// uncertainty of theta.
///
/// R: `clubSandwich::vcovCR`. Source: Liang & Zeger, "Longitudinal data analysis using generalized
/// linear models", Biometrika 73 (1986); Bell & McCaffrey, "Bias reduction in standard errors for
/// linear regression with multi-stage samples", Survey Methodology 28 (2002); Pustejovsky & Tipton,
/// "Small-sample methods for cluster-robust variance estimation", JBES 36 (2018), equation (5).
public struct ClusterRobustCovariance: Sendable, Hashable {
  /// rank × rank, for the estimable fixed effects.
  public let matrix: Matrix
  public let correction: ClusterCorrection
  /// What the clusters are.
  public let clusterName: String
  /// The number of clusters.
  public let clusterCount: Int
}

extension MixedModel {
  /// The cluster-robust covariance matrix of the fixed effects.
  /// - Parameters:
  ///   - correction: how residuals enter.
  ///   - clusters: every level of every grouping factor must lie in one of them; by default, the
  ///     grouping factor in which the others are nested.
  /// - Throws: ``MixedModelError`` if clusters share a level, there are fewer than two, CR2 is asked of
  ///   a generalized model, or the model does not hold its rows.
  /// - Complexity: a factorization and a pass over the rows; CR2 O(m³) per cluster besides, with m
  ///   the columns of its rows or their number, whichever is less. No n × n matrix is formed.
  public func clusterRobustCovariance(
    _ correction: ClusterCorrection = .cr2, by clusters: RowGroups? = nil
  ) throws(MixedModelError) -> ClusterRobustCovariance {
    let model = try rowBased("a cluster-robust covariance matrix")
    if correction == .cr2, !(model is LinearMixedModel) {
      throw .biasReductionOfGeneralizedModel(family.name)
    }
    let clusters = clusters ?? outermostGroups(model)
    try check(clusters, model.designRows)
    let system = try model.deletionSystem()
    let rank = system.rank
    let fixedFactor = system.fixedFactor
    var sum = Matrix(rowCount: rank, columnCount: rank)
    for members in clusters.members {
      let score =
        correction == .cr2
        ? system.reduced(members).biasReducedScore(fixedFactor: fixedFactor)
        : system.score(of: members)
      let change = system.coefficientChange(fixedFactor.forwardSolution(score))
      for j in 0..<rank {
        for i in 0..<rank { sum[i, j] += change[i] * change[j] }
      }
    }
    let count = clusters.levels.count
    if correction == .cr1 { sum = sum.scaled(by: Double(count) / Double(count - 1)) }
    return ClusterRobustCovariance(
      matrix: sum, correction: correction, clusterName: clusters.name, clusterCount: count)
  }

  /// The groups of the grouping factor with the fewest levels.
  private func outermostGroups(_ model: any RowBased) -> RowGroups {
    let terms = design.randomEffects
    let term = terms.indices.min { terms[$0].levels.count < terms[$1].levels.count } ?? 0
    return RowGroups(
      name: terms[term].groupingFactor, levels: terms[term].levels,
      codes: model.designRows.terms[term].levelCodes)
  }

  private func check(_ clusters: RowGroups, _ rows: DesignRows) throws(MixedModelError) {
    guard clusters.levels.count > 1 else { throw .singleCluster(of: clusters.name) }
    for (term, termRows) in zip(design.randomEffects, rows.terms) {
      var cluster = [Int32](repeating: -1, count: term.levels.count)
      for (code, own) in zip(termRows.levelCodes, clusters.codes) {
        let level = Int(code)
        guard cluster[level] < 0 || cluster[level] == own else {
          throw .clustersShareLevel(
            term.levels[level], of: term.groupingFactor, clusters: clusters.name)
        }
        cluster[level] = own
      }
    }
  }
}

extension ReducedRows {
  /// An eigenvalue below this share of the largest is zero: a direction in which the cluster alone
  /// determines a coefficient.
  private static let flatness = 1e-10

  /// `B'V⁻¹ A (y - Xβ̂)` with `A = U'(U (V - B M B') U')^(-1/2) U` and `V = U'U`.
  ///
  /// Outside of the columns' space V and A are identities, so that all of it happens inside; and as
  /// the cluster has its random effects to itself, `V⁻¹(y - Xβ̂)` are the conditional residuals.
  fileprivate func biasReducedScore(fixedFactor: Matrix) -> [Double] {
    let order = matrix.rowCount
    let effects = part(0..<effectCount)
    let fixed = part(effectCount..<columns.count)
    var variance = effects.timesTransposed(effects)
    for i in 0..<order { variance[i, i] += 1 }
    // B M B' = (B L⁻ᵀ)(B L⁻ᵀ)'
    var half = Matrix(rowCount: order, columnCount: fixed.columnCount)
    for i in 0..<order {
      let row = fixedFactor.forwardSolution((0..<fixed.columnCount).map { fixed[i, $0] })
      for (j, value) in row.enumerated() { half[i, j] = value }
    }
    let taken = half.timesTransposed(half)
    let rest = Matrix(
      rowCount: order, columnCount: order,
      values: zip(variance.values, taken.values).map { $0 - $1 })
    guard let lower = variance.lowerCholeskyFactor,
      let eigen = SymmetricEigen(lower.transposed.congruence(rest))
    else { return [Double](repeating: .nan, count: fixed.columnCount) }
    let marginal = lower.transposed.product(variance.product(residuals))
    let floor = Self.flatness * (eigen.values.last ?? 0)
    var adjusted = [Double](repeating: 0, count: order)
    for (index, value) in eigen.values.enumerated() where value > floor {
      let vector = eigen.vectors.column(index)
      let share = zip(vector, marginal).reduce(0) { $0 + $1.0 * $1.1 } / value.squareRoot()
      for (i, entry) in vector.enumerated() { adjusted[i] += share * entry }
    }
    return fixed.transposed.product(lower.backwardSolution(adjusted))
  }
}
