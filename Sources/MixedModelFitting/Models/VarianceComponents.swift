// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The estimated standard deviations and correlations of the random effects and the residual.
///
/// There is one group per grouping factor, in the order of theta. With `λ` the covariance factor of
/// a group, the covariance matrix of the effects of one level is `σ² λ λ'` in a linear model, and
/// `λ λ'` on the scale of the linear predictor in a generalized one.
///
/// R: `VarCorr`. MixedModels.jl: `VarCorr`, `σs`, `ρs`, `σρs`. MATLAB: `covarianceParameters`.
public struct VarianceComponents: Sendable, Hashable {
  /// What is known of the correlation of two effects.
  public enum Correlation: Sendable, Hashable {
    /// An estimated correlation, from -1 to 1.
    case estimated(Double)
    /// The structure makes the effects independent.
    case fixedAtZero
    /// A standard deviation is zero.
    case undefined

    /// The correlation, zero where the structure fixes it; `nil` where it is undefined.
    public var value: Double? {
      switch self {
      case .estimated(let value): value
      case .fixedAtZero: 0
      case .undefined: nil
      }
    }
  }

  /// The random effects of one grouping factor, k to a level.
  public struct Group: Sendable, Hashable {
    public let groupingFactor: String
    public let levelCount: Int
    /// The names of the k effects.
    public let names: [String]
    /// The k standard deviations, in units of the response (of the linear predictor in a
    /// generalized model) per unit of the effect's covariate;
    /// exactly zero where the fit is singular in that effect.
    public let standardDeviations: [Double]
    /// The covariance matrix of the effects of one level, `k × k`.
    public let covariance: Matrix
    /// `unstructured`, `diagonal`, `blocks` (several terms of the formula joined), or the name that
    /// wraps the term in the formula.
    public let structure: String

    private let relativeCorrelation: Matrix
    private let isFixedAtZero: [Bool]
  }

  /// One entry per grouping factor, by decreasing number of random effects, ties as written.
  public let groups: [Group]
  /// The standard deviation of the residuals at weight one, in units of the response; in a
  /// generalized model the square root of the dispersion, `nil` where the family has none.
  public let residualStandardDeviation: Double?

  /// The variance of the residuals at weight one, or the dispersion.
  public var residualVariance: Double? { residualStandardDeviation.map { $0 * $0 } }

  /// The group of the given grouping factor, or `nil` if the model has none such.
  public subscript(groupingFactor: String) -> Group? {
    groups.first { $0.groupingFactor == groupingFactor }
  }
}

extension VarianceComponents: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { groups.count }
  public subscript(index: Int) -> Group { groups[index] }
}

extension VarianceComponents.Group {
  /// The k variances.
  public var variances: [Double] { names.indices.map { covariance[$0, $0] } }

  /// The correlation of effects `i` and `j`, counted from zero.
  public func correlation(_ i: Int, _ j: Int) -> VarianceComponents.Correlation {
    if isFixedAtZero[i + j * names.count] { return .fixedAtZero }
    if standardDeviations[i] == 0 || standardDeviations[j] == 0 { return .undefined }
    return .estimated(relativeCorrelation[i, j])
  }

  /// The correlation of the effects of the given names, or `nil` if there is no such effect.
  public func correlation(
    _ name: String, _ other: String
  ) -> VarianceComponents.Correlation? {
    guard let i = names.firstIndex(of: name), let j = names.firstIndex(of: other) else {
      return nil
    }
    return correlation(i, j)
  }

  /// All correlations, k rows of k, as the JSON result shows them: zero where the structure fixes
  /// them and `nil` where a standard deviation is zero, on the diagonal too.
  public var correlations: [[Double?]] {
    names.indices.map { i in names.indices.map { j in correlation(i, j).value } }
  }

  /// The group of a term with covariance factor `lambda`, `k × k`, relative to `sigma`.
  init(_ term: RandomEffectsTerm, lambda: Matrix, sigma: Double) {
    let k = term.dimension
    groupingFactor = term.groupingFactor
    levelCount = term.levels.count
    names = term.effectNames
    structure = term.structureName
    isFixedAtZero = term.correlationsFixedAtZero
    let factor = CovarianceFactor(lambda.values[...], dimension: k)
    standardDeviations = (0..<k).map { sigma * factor.norm($0) }
    var covariance = Matrix(rowCount: k, columnCount: k)
    var correlation = covariance
    for j in 0..<k {
      for i in 0..<k {
        covariance[i, j] = sigma * sigma * factor.covariance(i, j)
        correlation[i, j] = factor.correlation(i, j) ?? 0
      }
    }
    self.covariance = covariance
    relativeCorrelation = correlation
  }
}

extension MixedModel {
  /// The estimated standard deviations and correlations of the random effects and the residual.
  ///
  /// R: `VarCorr`. MixedModels.jl: `VarCorr`, `σs`, `σρs`. MATLAB: `covarianceParameters`.
  public var varianceComponents: VarianceComponents {
    VarianceComponents(
      groups: zip(design.randomEffects, termFactors).map {
        VarianceComponents.Group($0, lambda: $1, sigma: covarianceScale)
      },
      residualStandardDeviation: residualStandardDeviation)
  }
}

// MARK: - What a structure fixes

extension RandomEffectsTerm {
  fileprivate var structureName: String {
    guard pieces.count == 1, let structure = pieces.first?.structure else { return "blocks" }
    switch structure {
    case is Unstructured: return "unstructured"
    case is Diagonal: return "diagonal"
    default: return type(of: structure).formulaName
    }
  }

  /// For each pair of effects whether their correlation is zero at any theta, `k × k`.
  fileprivate var correlationsFixedAtZero: [Bool] {
    let k = dimension
    var isFixed = [Bool](repeating: true, count: k * k)
    var offset = 0
    for piece in pieces {
      // At parameters near the identity's, but of no special value, an entry of lambda is zero only
      // if the structure makes it so.
      let theta = piece.structure.identityParameters(dimension: piece.count)
        .enumerated().map { $1 + 0.1 / Double($0 + 2) }
      let lambda = piece.structure.termFactor(theta[...], dimension: piece.count)
      for j in 0..<piece.count {
        for i in 0..<piece.count
        where (0...min(i, j)).contains(where: { lambda[i, $0] != 0 && lambda[j, $0] != 0 }) {
          isFixed[offset + i + (offset + j) * k] = false
        }
      }
      offset += piece.count
    }
    return isFixed
  }
}
